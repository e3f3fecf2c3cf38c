"""Models that are publicly known, with their release dates: a help, not an authority.

A configuration names its own models; nothing here adds one to it.

>>> {model.name for model in models()} >= {"openai/gpt-4"}
True
"""

from datetime import date

from detente.canonical.model import Model
from detente.catalog.loader import Sourced, midnight, read_rows, shipped


class ModelRow(Sourced, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of `models.toml`; `released` is the publisher's own first release."""

    name: str
    released: date
    aliases: tuple[str, ...] = ()
    open_weights: bool = False


def models() -> tuple[Model, ...]:
    """The catalog's models."""
    return load_models(shipped("models.toml"))


def load_models(data: bytes) -> tuple[Model, ...]:
    """A catalog file as models; raises `ValueError` where a row lacks its page or date."""
    return tuple(
        Model(
            name=row.name,
            publisher=row.name.partition("/")[0],
            aliases=row.aliases,
            released=midnight(row.released),
            open_weights=row.open_weights,
        )
        for row in read_rows(data, "models", ModelRow)
    )
