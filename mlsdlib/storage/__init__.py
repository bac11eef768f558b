"""Storage engines: transactions, what they cost, and what they are worth.

SQLite keeps rows together and serves transactions, DuckDB keeps columns together and serves
analysis. Most functions take a connection of either::

    from mlsdlib import storage

    storage.load_table(con, "flights", flights, key="id")  # the same rows in either engine
    storage.same_rows(sqlite.execute(query).fetchall(), duck.execute(query).fetchall())

    with storage.transaction(con):  # all of it, or nothing
        ...
    storage.retry_commit(commit)  # again while another writer holds the lock

    storage.open_accounts(con, {"guest": 500, "shop": 0})  # a ledger with constraints
    storage.transfer(con, "guest", "shop", 120)

Experiments start processes of their own and leave none behind::

    storage.crash_transfers(25, transactional=False)  # SIGKILL in the middle of the work
    storage.commit_rates("sqlite", writers=4)  # many writers, one file

`ReplicatedStore` is a model of copies that lag behind, and `crossover` says from how many uses on
a cost that is paid once is worth it.
"""

from mlsdlib.storage._accounts import open_accounts, transfer
from mlsdlib.storage._costs import crossover
from mlsdlib.storage._engines import load_table, same_rows
from mlsdlib.storage._experiments import commit_rates, crash_transfers
from mlsdlib.storage._replicas import ReplicatedStore
from mlsdlib.storage._transactions import retry_commit, transaction

__all__ = [
    "ReplicatedStore",
    "commit_rates",
    "crash_transfers",
    "crossover",
    "load_table",
    "open_accounts",
    "retry_commit",
    "same_rows",
    "transaction",
    "transfer",
]
