"""What all tables of `detente.toml` are made of."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

NAME_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]*$(?!\n)"
"""`$` alone would let a line end follow: names stand in logs, headers and accounts."""
Name = Annotated[str, Meta(pattern=NAME_PATTERN, max_length=100)]
Count = Annotated[int, Meta(ge=1)]
Milliseconds = Annotated[int, Meta(ge=1)]
Bytes = Annotated[int, Meta(ge=1)]


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table: frozen, and an unknown key in it is an error."""


class Secret(Strict, frozen=True, kw_only=True):
    """A secret by reference: `{ env = "NAME" }` or `{ file = "path" }`, exactly one of both."""

    env: str | None = None
    file: str | None = None
