"""The register's file as entries: every line read, every hash checked.

Pure; `store.register` touches the file. A line that was changed, left out or cut off is an
error with its place, for what the register says decides requests. That lines are missing at
the end cannot be seen: whoever wants to know keeps the hash of the last one (`head_of`).

>>> read_register(b"", "register.jsonl")
()
"""

from typing import Final

import msgspec

from detente.canonical.register import NOTHING, RegisterEntry, hash_of, line_of
from detente.configuration.located import LocatedError, LocatedErrors


def read_register(data: bytes, file: str) -> tuple[RegisterEntry, ...]:
    """The entries, in the order in which they were written.

    Raises `LocatedErrors` for the first line that is no entry (or one that nothing here would
    write so: a key twice, or one that is not known), that does not follow from the one before, or
    that has no end.
    """
    entries: list[RegisterEntry] = []
    previous = NOTHING
    lines = data.split(b"\n")
    if lines[-1]:
        raise _error(file, len(lines), CUT)
    for number, line in enumerate(lines[:-1], 1):
        try:
            entry = _DECODE(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise _error(file, number, _NO_ENTRY) from None
        if not _is_whole(entry) or line_of(entry) != line:
            raise _error(file, number, _NO_ENTRY)
        if entry.previous != previous:
            message = "does not follow from the line before: one of them was changed or left out"
            raise _error(file, number, f"{message}; restore the file from a backup")
        entries.append(entry)
        previous = hash_of(line)
    return tuple(entries)


def head_of(data: bytes) -> str:
    """The hash of the last whole line: what the next entry has as `previous`."""
    lines = data.split(b"\n")
    return hash_of(lines[-2]) if len(lines) > 1 else NOTHING


def whole_lines(data: bytes) -> int:
    """How many bytes of `data` are lines with an end; what follows was cut off in writing."""
    return data.rfind(b"\n") + 1


def _is_whole(entry: RegisterEntry) -> bool:
    """Whether it has what its action needs, and was not recorded before it happened."""
    if entry.at > entry.recorded_at:
        return False
    match entry.action:
        case "event_declared" | "event_verified":
            return True
        case "offer_opened":
            return entry.clause is not None
        case "offer_answered":
            return entry.answer is not None


CUT: Final = (
    "the last line was cut off while it was written, so nobody was told that it is recorded;"
    " repeat that command with `--mend`, which sets the line aside"
)
_NO_ENTRY: Final = "no entry of the register; restore the file from a backup"
_DECODE = msgspec.json.Decoder(RegisterEntry).decode


def _error(file: str, line: int, message: str) -> LocatedErrors:
    return LocatedErrors([LocatedError(file, line, message)])
