"""What a clause speaks about: models, places and callers, each field a word or several.

Only the value; `reference` and `compiled` each match it in their own way. A field that is not
given matches everything; several words in a field match if one of them does; all fields have
to match.

>>> Scope(publisher="openai", interface=("stateless_api", "embedding"))
"""

import re
from typing import Annotated

import msgspec
from msgspec import Meta

from detente.canonical.model import Interface

Word = Annotated[str, Meta(min_length=1, max_length=200)]
Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100)]
"""How an agreement, and a clause within it, may be called."""

Words = Word | Annotated[tuple[Word, ...], Meta(min_length=1)]
"""One or several; none would match nothing, and what says so would be in force nowhere."""
Interfaces = Interface | Annotated[tuple[Interface, ...], Meta(min_length=1)]

Holders = Words
"""`host:X`, `kind:X` or `provider:X` (a configured name); a bare name is a host."""

_HOLDER = re.compile(r"(host:|kind:|provider:)?[A-Za-z0-9][A-Za-z0-9._-]*")


class Scope(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """The fields that a clause may narrow itself by.

    `model`, `provider`, `host`, `region`, `zone`, `tier` and `project` may be patterns (`*`,
    `?`). `provider` is the configured name, or a kind written `kind:X`; `zone` is where a
    deployment processes; `project` and `labels` are the caller's.
    """

    publisher: Words | None = None
    model: Words | None = None
    interface: Interfaces | None = None
    provider: Words | None = None
    host: Words | None = None
    region: Words | None = None
    zone: Words | None = None
    tier: Words | None = None
    project: Words | None = None
    labels: dict[Word, Words] | None = None


def words(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    """A field's words, however they were written."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value


def holder_mistakes(key: str, holders: Holders) -> tuple[tuple[str, str], ...]:
    """What is wrong with how holders are written: the key and a sentence for each."""
    return tuple(
        (key, f"`{holder}` is no holder; write `host:X`, `kind:X` or `provider:X`")
        for holder in words(holders)
        if not _HOLDER.fullmatch(holder)
    )
