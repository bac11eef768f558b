"""The order lines of the online shop: what they must be, and what they become."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlsdlib.etl._validate import Field

if TYPE_CHECKING:
    import pandas as pd

RETAIL = {
    "InvoiceNo": Field(kind="text", pattern="C?[0-9]{6}"),
    "StockCode": Field(kind="text"),
    "Description": Field(kind="text"),
    "Quantity": Field(kind="int", low=-100_000, high=100_000),
    "InvoiceDate": Field(kind="time"),
    "UnitPrice": Field(kind="float", low=0.001, high=100_000.0),
    "CustomerID": Field(kind="int", required=False, low=1),
    "Country": Field(kind="text"),
}
"""The schema of `mlsdlib.datasets.load_online_retail`. An "A" invoice is a book-keeping entry, a
price of zero a lost or broken piece: neither is a sale."""

GUEST = 0
"""The `customer_id` of whoever bought without an account."""

_COUNTRIES = {"EIRE": "Ireland", "RSA": "South Africa", "USA": "United States"}
_LINE = ["invoice", "stock_code", "customer_id", "country", "invoiced_at", "quantity", "unit_price"]


def _wrong_sign(lines: pd.DataFrame) -> pd.Series:
    """Tell which lines return goods on a sale, or sell them on a cancellation."""
    cancelled = lines["InvoiceNo"].str.startswith("C", na=False)
    returned = lines["Quantity"] < 0
    known = lines["InvoiceNo"].notna() & (lines["Quantity"] != 0).fillna(False)
    return known & (cancelled != returned.fillna(False))


def _zero(lines: pd.DataFrame) -> pd.Series:
    return lines["Quantity"] == 0


CHECKS = {"the quantity's sign contradicts the invoice": _wrong_sign, "no pieces": _zero}
"""What `validate` checks beside `RETAIL`, for rules that look at more than one value."""


def transform(valid: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return the order lines cleaned, and how many duplicates were dropped.

    Codes become upper case, descriptions lose superfluous blanks, three names of countries become
    the usual ones, and a missing customer is `GUEST`. Of lines that agree in everything but the
    description only the first is kept. That is a decision: the source numbers no lines, so a
    product scanned twice looks like a line sent twice.

    Parameters
    ----------
    valid : DataFrame of shape (n, 8)
        Rows that fit `RETAIL`, typed by `validate`.

    Returns
    -------
    lines : DataFrame
        Columns "invoice", "stock_code", "description", "quantity", "unit_price" (pounds),
        "invoiced_at", "customer_id" and "country".
    n_duplicates : int
        Rows of `valid` that are not in it.

    Raises
    ------
    ValueError
        If a column of `RETAIL` is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"InvoiceNo": "536365", "StockCode": "85123a", "Description": " WHITE  HEART ",
    ...        "Quantity": 6, "InvoiceDate": pd.Timestamp("2010-12-01 08:26"), "UnitPrice": 2.55,
    ...        "CustomerID": None, "Country": "EIRE"}
    >>> lines, n_duplicates = transform(pd.DataFrame([row, row]))
    >>> lines.loc[0, ["stock_code", "description", "country"]].tolist(), n_duplicates
    (['85123A', 'WHITE HEART', 'Ireland'], 1)
    """
    if missing := [name for name in RETAIL if name not in valid]:
        raise ValueError(f"valid must have the columns of RETAIL, lacks {', '.join(missing)}")
    description = valid["Description"].str.strip()
    several = description.str.contains("  ", regex=False)
    description = description.mask(
        several, description[several].str.replace(r"\s+", " ", regex=True)
    )
    lines = valid.assign(
        invoice=valid["InvoiceNo"],
        stock_code=valid["StockCode"].str.strip().str.upper(),
        description=description,
        quantity=valid["Quantity"].astype("int64"),
        unit_price=valid["UnitPrice"].astype("float64"),
        invoiced_at=valid["InvoiceDate"],
        customer_id=valid["CustomerID"].astype("Int64").fillna(GUEST).astype("int64"),
        country=valid["Country"].str.strip().replace(_COUNTRIES),
    )[[*_LINE, "description"]]
    repeated = lines.duplicated(_LINE)
    return lines[~repeated].reset_index(drop=True), int(repeated.sum())
