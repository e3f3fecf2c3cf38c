"""The register's file as entries: every line read, every hash checked.

Pure; `store.register` touches the file. A line that was changed, left out or cut off is an
error with its place, for what the register says decides requests.

>>> read_register(b"", "register.jsonl")
()
"""

import msgspec

from detente.canonical.register import NOTHING, RegisterEntry, hash_of
from detente.configuration.located import LocatedError, LocatedErrors


def read_register(data: bytes, file: str) -> tuple[RegisterEntry, ...]:
    """The entries, in the order in which they were written.

    Raises `LocatedErrors` for the first line that is no entry, that does not follow from the
    one before, or that has no end.
    """
    entries: list[RegisterEntry] = []
    previous = NOTHING
    lines = data.split(b"\n")
    if lines[-1]:
        raise _error(file, len(lines), "the last line has no end; restore the file from a backup")
    for number, line in enumerate(lines[:-1], 1):
        try:
            entry = _DECODE(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            message = "no entry of the register; restore the file from a backup"
            raise _error(file, number, message) from None
        if entry.previous != previous:
            message = "does not follow from the line before: one of them was changed or left out"
            raise _error(file, number, f"{message}; restore the file from a backup")
        entries.append(entry)
        previous = hash_of(line)
    return tuple(entries)


_DECODE = msgspec.json.Decoder(RegisterEntry).decode


def _error(file: str, line: int, message: str) -> LocatedErrors:
    return LocatedErrors([LocatedError(file, line, message)])
