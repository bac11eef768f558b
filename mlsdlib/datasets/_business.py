"""Shops, hotels, banks and a census: tables with leaks, drift, rare classes and slices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlsdlib.datasets._files import read

if TYPE_CHECKING:
    import pandas as pd


def load_online_retail(*, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the invoice lines of a UK online gift shop, Dec 2010 to Dec 2011 (541,909 x 8).

    ``UnitPrice`` is pounds. An ``InvoiceNo`` that begins with C is a cancellation, with a negative
    quantity; a quarter of the lines have no customer; the last month stops on the ninth.

    Licence: CC BY 4.0. Source: Chen, Sain & Guo 2012, UCI Machine Learning Repository.

    Parameters
    ----------
    columns : sequence of str, optional
        As in `load_flights`.

    Examples
    --------
    >>> float(load_online_retail(columns=["CustomerID"])["CustomerID"].isna().mean().round(3))
    0.249
    """
    return read("online_retail.parquet", columns)


def load_hotel_bookings(*, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the bookings of two Portuguese hotels, arrivals Jul 2015 to Aug 2017 (119,390 x 32).

    The label is ``is_canceled``; ``reservation_status`` and its date are the label in other words,
    and room type, country and changes were filled in up to the arrival. 26.8 % of the rows repeat
    another. ``Undefined`` in a text column means unknown.

    Licence: CC BY 4.0. Source: Antonio, Almeida & Nunes, Data in Brief 22 (2019) 41-49.

    Parameters
    ----------
    columns : sequence of str, optional
        As in `load_flights`.

    Examples
    --------
    >>> load_hotel_bookings(columns=["hotel"])["hotel"].value_counts().to_dict()
    {'City Hotel': 79330, 'Resort Hotel': 40060}
    """
    return read("hotel_bookings.parquet", columns)


def load_bank_marketing(*, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return a Portuguese bank's telephone calls to sell a deposit, 2008 to 2010 (41,188 x 21).

    The label ``y`` is yes or no. Rows are in time order, but the year is not recorded: it changes
    where the month rolls over. ``duration`` is a leak, known only after the call; 999 in ``pdays``
    means never called before.

    Licence: CC BY 4.0. Source: Moro, Cortez & Rita 2014, UCI Machine Learning Repository.

    Parameters
    ----------
    columns : sequence of str, optional
        As in `load_flights`.

    Examples
    --------
    >>> sold = load_bank_marketing(columns=["y"])["y"].eq("yes")
    >>> float(sold.head(20_000).mean().round(3)), float(sold.tail(5_000).mean().round(3))
    (0.046, 0.442)
    """
    return read("bank_marketing_additional.parquet", columns)


def load_lending_club(*, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return loans of LendingClub, first quarter of 2016, with their outcome (9,857 x 23).

    ``Class`` is bad for one loan in nineteen. ``funded_amnt`` is dollars, ``int_rate`` percent a
    year.

    Licence: MIT. Source: LendingClub, R package `modeldata`.

    Parameters
    ----------
    columns : sequence of str, optional
        As in `load_flights`.

    Examples
    --------
    >>> float(load_lending_club(columns=["Class"])["Class"].eq("bad").mean().round(4))
    0.0525
    """
    return read("lending_club.parquet", columns)


def load_acs_employment(*, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return people in Massachusetts and whether they had work, 2015 to 2018 (277,677 x 18).

    Columns carry the census' names and codes: ``AGEP`` age, ``SCHL`` schooling, ``SEX`` 1 male and
    2 female, ``RAC1P`` race. Children are in it, without work. Very stable over the years.

    Licence: Apache-2.0. Source: American Community Survey (US Census Bureau), PyPI `nannyml`.

    Parameters
    ----------
    columns : sequence of str, optional
        As in `load_flights`.

    Examples
    --------
    >>> people = load_acs_employment(columns=["year", "employed"])
    >>> people.groupby("year")["employed"].mean().round(3).tolist()
    [0.496, 0.501, 0.503, 0.505]
    """
    return read("acs_employment_ma_2015_2018.parquet", columns)
