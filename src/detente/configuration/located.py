"""TOML into structs, with every error at its file and line.

`tomllib` and `msgspec` are the authorities on syntax and on shape; this module adds *where*
(`positions`), the nearest known word, and a bound on what it reads. Whatever the bytes are,
reading them gives a value or `LocatedErrors`.

>>> read_toml(b'[server]\nlissten = "x"', "detente.toml", Configuration)
Traceback (most recent call last):
detente.configuration.located.LocatedErrors: detente.toml:2: unknown key `lissten`; did you mean `listen`?
"""  # noqa: E501 - an error is one line

import re
import tomllib
from datetime import UTC, date, datetime
from typing import Any, Final, TypeVar, cast

import msgspec

from detente.configuration.positions import Path, Positions, TooDeepError
from detente.configuration.shape import complaint
from detente.configuration.words import did_you_mean, nearest, plain

__all__ = [
    "FILE_BYTES_MAX",
    "LocatedError",
    "LocatedErrors",
    "Path",
    "Positions",
    "convert",
    "did_you_mean",
    "nearest",
    "parse_toml",
    "read_toml",
]

T = TypeVar("T")

FILE_BYTES_MAX: Final = 4 * 1024 * 1024
"""A configuration file larger than this (some 20,000 models) is a mistake."""


class LocatedError(msgspec.Struct, frozen=True):
    """One thing that is wrong, where, and the cure in the same sentence."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class LocatedErrors(Exception):
    """Everything that is wrong with what was read, in the order of the files and lines."""

    def __init__(self, errors: list[LocatedError]) -> None:
        self.errors = tuple(sorted(errors, key=lambda e: (e.file, e.line)))
        super().__init__("\n".join(str(error) for error in self.errors))


def parse_toml(data: bytes, file: str) -> tuple[dict[str, object], Positions]:
    """The tree of a TOML file, every date as an aware UTC `datetime`, and where its keys stand.

    Raises `LocatedErrors` where the file is too large, not UTF-8, nested too deeply or not TOML.
    """
    if len(data) > FILE_BYTES_MAX:
        raise _error(file, 1, f"larger than {FILE_BYTES_MAX} bytes; split the file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _error(file, line, "not UTF-8; save the file as UTF-8") from None
    try:
        positions = Positions(text)
        tree = tomllib.loads(text)
    except TooDeepError as error:
        raise _error(file, error.line, error.message) from None
    except tomllib.TOMLDecodeError as error:
        raise _error(file, _toml_line(str(error), text), _toml_reason(str(error))) from None
    except ValueError:
        # What `tomllib` leaves to `int`: it refuses numbers of more than 4,300 digits.
        raise _error(file, 1, "a number with too many digits; shorten it") from None
    return _in_utc(tree, (), positions, file), positions


def convert(tree: object, positions: Positions, file: str, schema: type[T], at: Path = ()) -> T:
    """`tree` as `schema`; raises `LocatedErrors` with the nearest known key.

    `at` is where `tree` stands in its file.
    """
    try:
        return msgspec.convert(tree, schema)
    except msgspec.ValidationError as error:
        path, sentence = complaint(str(error), tree, schema, at)
        raise _error(file, positions.line((*at, *path)), sentence) from None


def read_toml(data: bytes, file: str, schema: type[T]) -> T:
    """A whole file as `schema`; raises `LocatedErrors`."""
    tree, positions = parse_toml(data, file)
    return convert(tree, positions, file, schema)


def _error(file: str, line: int, message: str) -> LocatedErrors:
    return LocatedErrors([LocatedError(file, line, message)])


def _toml_line(error: str, text: str) -> int:
    found = re.search(r"line (\d+)", error)
    return int(found[1]) if found else text.rstrip("\n").count("\n") + 1


def _toml_reason(error: str) -> str:
    reason = re.sub(r"\s*\(at .*\)$", "", error)
    return f"not valid TOML: {plain(reason[:1].lower() + reason[1:])}"


def _in_utc(value: Any, path: Path, positions: Positions, file: str) -> Any:
    """Dates as midnight UTC; times without a zone are UTC (`docs/reference/configuration.md`)."""
    match value:
        case dict():
            tree = cast(dict[str, Any], value)
            return {k: _in_utc(item, (*path, k), positions, file) for k, item in tree.items()}
        case list():
            items = cast(list[Any], value)
            return [_in_utc(item, (*path, i), positions, file) for i, item in enumerate(items)]
        case datetime():
            try:
                return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
            except OverflowError:
                line = positions.line(path)
                raise _error(file, line, "a time outside the years 1 to 9999; mend it") from None
        case date():
            return datetime(value.year, value.month, value.day, tzinfo=UTC)
        case _:
            return value
