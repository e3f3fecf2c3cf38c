"""What models can do, as their publishers say: limits, sampling, reasoning, modalities.

A help, not an authority: a configuration's own `capabilities` win member by member, and what no row
says is not held against a request.

>>> capabilities_of("anthropic/claude-sonnet-4-5", capability_rows()).output_tokens_max
64000
"""

from fnmatch import fnmatchcase
from functools import cache
from typing import Final

import msgspec

from detente.canonical.capability import Capabilities
from detente.catalog.loader import Sourced, read_rows, shipped

_MEMBERS: Final = Capabilities.__struct_fields__


class CapabilityRow(Sourced, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of `capabilities.toml`: `model` is a canonical name or a pattern (`*`)."""

    model: str
    context_tokens: int | None = None
    output_tokens_max: int | None = None
    temperature: tuple[float, float] | None = None
    sampling: tuple[str, ...] | None = None
    forced_tool_choice: bool | None = None
    parallel_tool_calls: bool | None = None
    structured_output: bool | None = None
    input_modalities: tuple[str, ...] | None = None
    reasoning: tuple[str, ...] | None = None
    reasoning_efforts: tuple[str, ...] | None = None
    reasoning_can_be_off: bool | None = None
    prefill: bool | None = None


@cache
def capability_rows() -> tuple[CapabilityRow, ...]:
    """The catalog's rows, in the order in which they count."""
    return load_capabilities(shipped("capabilities.toml"))


def capabilities_of(model: str, rows: tuple[CapabilityRow, ...]) -> Capabilities | None:
    """What `rows` say of a model by its canonical name, or by the part behind the slash; None where
    they say nothing. The first row that fits counts."""
    for row in rows:
        name = row.model
        if fnmatchcase(model, name) or fnmatchcase(model, name.partition("/")[2] or name):
            return Capabilities(**{member: getattr(row, member) for member in _MEMBERS})
    return None


def overridden(known: Capabilities | None, own: Capabilities) -> Capabilities:
    """`known` with what a configuration says instead."""
    if known is None:
        return own
    said = {member: value for member in _MEMBERS if (value := getattr(own, member)) is not None}
    return msgspec.structs.replace(known, **said)


def load_capabilities(data: bytes) -> tuple[CapabilityRow, ...]:
    """A catalog file's rows; raises `ValueError` where a row lacks its page or date."""
    return read_rows(data, "capabilities", CapabilityRow)
