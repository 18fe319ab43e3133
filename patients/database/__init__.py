"""How the code reaches the database: `write()` opens the only kind of write transaction, `in_database` the bridge."""

from patients.database.pool import in_database, pool, stop_pool
from patients.database.rows import Number, numbers
from patients.database.transaction import Queue, in_turn, transaction_number, write

__all__ = ["Number", "Queue", "in_database", "in_turn", "numbers", "pool", "stop_pool", "transaction_number", "write"]
