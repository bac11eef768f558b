"""ETL: extract records, turn away what is wrong and say why, clean the rest, load a warehouse.

The rules of any table are a schema, checked a column at a time::

    from mlsdlib import etl

    schema = {"code": etl.Field(kind="text"), "pieces": etl.Field(kind="int", low=1)}
    found = etl.validate(records, schema)
    found.valid, found.errors  # typed rows; and every reason of every other row

`run` is a whole pipeline, for the order lines of a real shop: into SQLite or DuckDB, in one
transaction, and the same if it is run twice::

    report = etl.run(datasets.path("online_retail.parquet"), con, batch="2010-12 to 2011-12")
    report.read == report.loaded + report.rejected + report.duplicates

Its steps are `extract`, `validate` with `RETAIL` and `CHECKS`, and `transform`.
"""

from mlsdlib.etl._extract import extract
from mlsdlib.etl._retail import CHECKS, GUEST, RETAIL, transform
from mlsdlib.etl._validate import Field, Validation, validate
from mlsdlib.etl._warehouse import LoadReport, run

__all__ = [
    "CHECKS",
    "GUEST",
    "RETAIL",
    "Field",
    "LoadReport",
    "Validation",
    "extract",
    "run",
    "transform",
    "validate",
]
