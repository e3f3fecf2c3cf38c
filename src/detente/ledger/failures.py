"""What can go wrong with the ledger, in the words that a client or an operator reads.

`JournalFull` reaches clients as 503 `ledger_unavailable`; the others stop a command.

>>> JournalFull("the journal is full; start the ledger's writer").failure.status
503
"""

from detente.canonical.failure import Blame, ClientFault, Fault


class JournalFull(Fault):
    """The journal cannot take another request: its bound or the disk is reached."""

    blame: Blame = "ours"

    def __init__(self, message: str) -> None:
        super().__init__("ledger_unavailable", message, retry_after_ms=1_000)


class RecordTooLarge(Fault):
    """One record is larger than a segment can hold."""

    blame: Blame = "ours"

    def __init__(self, size_bytes: int, bytes_max: int) -> None:
        super().__init__(
            "ledger_unavailable",
            f"a record of {size_bytes} bytes does not fit the {bytes_max} bytes of a journal"
            " segment; raise `ledger.segment_bytes`",
        )


class RegisterUnusable(ClientFault):
    """The register's file cannot be read or written; nothing was recorded."""

    def __init__(self, message: str) -> None:
        super().__init__("ledger_unavailable", message)


class LedgerUnusable(ClientFault):
    """The ledger's file cannot be opened as asked; whoever asked has to change something."""

    def __init__(self, message: str) -> None:
        super().__init__("ledger_unavailable", message)


class LedgerUnavailable(LedgerUnusable):
    """The ledger's database does not answer now; journals keep what it has not got yet."""


class JournalFormatError(Exception):
    """A journal segment is not one of ours, or of a newer format; the message names the cure."""
