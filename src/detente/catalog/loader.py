"""Loads the catalog's files: TOML into rows, refused as a whole where one row is wrong.

>>> read_rows(data, "prices", PriceRow)
(PriceRow(page='https://…', read=datetime.date(2026, 10, 14), ...), ...)
"""

import tomllib
from datetime import UTC, date, datetime
from importlib import resources
from typing import TypeVar

import msgspec

T = TypeVar("T", bound="Sourced")


class Sourced(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every row needs: the page where a reader can check it, and when it was read."""

    page: str
    read: date

    @property
    def source(self) -> str:
        """Page and date in one line."""
        return f"{self.page}, read {self.read.isoformat()}"


def shipped(name: str) -> bytes:
    """A data file of this package."""
    return resources.files("detente.catalog").joinpath(name).read_bytes()


def shipped_in(folder: str) -> frozenset[str]:
    """The names of the data files in a folder of this package, without `.toml`."""
    entries = resources.files("detente.catalog").joinpath(folder).iterdir()
    return frozenset(e.name.removesuffix(".toml") for e in entries if e.name.endswith(".toml"))


def read_rows(data: bytes, table: str, row: type[T]) -> tuple[T, ...]:
    """The rows of `[[table]]`; raises `ValueError` where one has no page, no date, or a typo."""
    try:
        found = msgspec.convert(tomllib.loads(data.decode()), dict[str, tuple[row, ...]])
    except msgspec.ValidationError as error:
        raise ValueError(f"a catalog row does not load: {error}; complete it") from None
    return found.get(table, ())


def midnight(day: date | None) -> datetime | None:
    """A day's beginning in UTC."""
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC)
