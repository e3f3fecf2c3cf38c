"""What the one who writes a ledger and those who read it ask of the database, whichever it is.

An SQLite file (`database`) is one machine's own; a database server may hold the ledger of many.
Both have the same tables, and their SQL differs in a few expressions only (`Speech`).

>>> reader = LedgerReader.open(place)  # a path, or what says where a shared ledger is
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from detente.ledger.store.batch import Batch, Class

Value = str | int | bytes | None
PREFIX_NUMBERS_END: Final = 2**31
"""An entry's number is its prefix's and 32 bits, in 64 bits with a sign."""


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """Which numbers the writer may give next.

    `classes` and `prefixes` are the first that nobody has, `prefixes_end` the first that is not
    this writer's any more. `block` only orders the blocks of a batch where several write.
    """

    classes: int
    prefixes: int
    block: int
    prefixes_end: int = PREFIX_NUMBERS_END


class LedgerStore(Protocol):
    """A ledger open for writing.

    Every call raises `sqlite3.Error` or `LedgerUnavailable` where the database fails; nothing is
    then changed, as far as anybody knows: who goes on opens the ledger anew, and starts from what
    it says.
    """

    def positions(self) -> dict[str, int]:
        """How far each journal segment of this machine has been ingested, by file name."""
        ...

    def open_intents(self) -> list[tuple[str, str, bytes]]:
        """Id, owner and record of every intent of this machine that is not settled yet."""
        ...

    def classes(self) -> dict[Class, int]:
        """The number of every class."""
        ...

    def prefixes(self) -> dict[bytes, int]:
        """The number of every prefix of this machine's request ids."""
        ...

    def numbers(self) -> Numbers:
        """The numbers that come next."""
        ...

    def commit(self, batch: Batch) -> int:
        """Makes the batch's changes, all or none, and durable; returns the entries added."""
        ...

    def close(self) -> None:
        """Gives the database back, and lets another process write."""
        ...


class Rows(Protocol):
    """What a query found."""

    def fetchone(self) -> Any:
        """The next row, None after the last."""
        ...

    def fetchall(self) -> list[Any]:
        """The rows that are left."""
        ...

    def __iter__(self) -> Iterator[Any]: ...


class Speech(msgspec.Struct, frozen=True, kw_only=True):
    """The expressions that databases say differently, each a constant.

    `day` and `month` are those of `started_us` in UTC as text; `provider` is what stands before
    the first `/` of `deployment`; `label` is the value of the label whose name is bound at its `?`.
    """

    day: str
    month: str
    provider: str
    label: str


class Reading(Protocol):
    """A connection for reading; parameters stand as `?` or `?1` in a query.

    A result may be held in memory as a whole: who reads many rows asks for some at a time.
    """

    def execute(self, query: str, parameters: Sequence[Value] = (), /) -> Rows:
        """Ask something."""
        ...

    def close(self) -> None:
        """Give the connection back."""
        ...


class LedgerElsewhere(Protocol):
    """Says where a ledger is that is no file of this machine; can be sent to another process."""

    @property
    def name(self) -> str:
        """What people know it by, without credentials."""
        ...

    def connect(self) -> tuple[Reading, Speech]:
        """A connection; raises `LedgerUnusable` where there is no ledger, or it is too new."""
        ...


LedgerPlace = Path | LedgerElsewhere
"""Where a ledger is: a file, or a database server."""
