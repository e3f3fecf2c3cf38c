"""Models that are publicly known, with their release dates: a help, not an authority.

A configuration names its own models; nothing here adds one to it.

>>> {model.name for model in models()} >= {"openai/gpt-4"}
True
>>> names().of("bedrock", "us.openai.gpt-5.5")
'openai/gpt-5.5'
"""

from datetime import date
from functools import cache

from detente.canonical.model import Model
from detente.catalog.loader import Sourced, midnight, read_rows, shipped


class ModelRow(Sourced, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of `models.toml`; `released` is the publisher's own first release.

    It is None where no page was found that tells it. Limits are in tokens.
    """

    name: str
    released: date | None = None
    aliases: tuple[str, ...] = ()
    open_weights: bool = False
    context_tokens: int | None = None
    output_tokens_max: int | None = None


class IdRow(Sourced, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of `platform_ids.toml`: what a kind of provider calls a model.

    `profiles` are the prefixes that the id may carry (`us`, `global`); `direct` is whether it may
    stand without one.
    """

    model: str
    kind: str
    id: str
    profiles: tuple[str, ...] = ()
    direct: bool = True

    @property
    def spellings(self) -> tuple[str, ...]:
        """The id in every way in which the platform takes it."""
        prefixed = tuple(f"{profile}.{self.id}" for profile in self.profiles)
        return (self.id, *prefixed) if self.direct else prefixed


@cache
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
        for row in load_model_rows(data)
    )


@cache
def model_rows() -> tuple[ModelRow, ...]:
    """The catalog's rows of models, with their limits and sources."""
    return load_model_rows(shipped("models.toml"))


def load_model_rows(data: bytes) -> tuple[ModelRow, ...]:
    """A catalog file's rows; raises `ValueError` where a row lacks its page or date."""
    return read_rows(data, "models", ModelRow)


@cache
def platform_ids() -> tuple[IdRow, ...]:
    """What the platforms call the catalog's models."""
    return load_ids(shipped("platform_ids.toml"))


def load_ids(data: bytes) -> tuple[IdRow, ...]:
    """A catalog file's ids; raises `ValueError` where a row lacks its page or date."""
    return read_rows(data, "ids", IdRow)


class Names:
    """Canonical names by what platforms call the models; made once, for it reads the catalog."""

    def __init__(self, ids: tuple[IdRow, ...], rows: tuple[ModelRow, ...]) -> None:
        self._ids = {(row.kind, spelling): row.model for row in ids for spelling in row.spellings}
        self._aliases = {name: row.name for row in rows for name in (row.name, *row.aliases)}

    def of(self, kind: str, upstream_id: str) -> str | None:
        """The canonical name of what a kind of provider calls `upstream_id`, None where not known.

        Where the kind's own ids do not have it, a model's alias may: Azure's deployments are often
        named so.
        """
        return self._ids.get((kind, upstream_id)) or self._aliases.get(upstream_id)


def names() -> Names:
    """The catalog's names."""
    return Names(platform_ids(), model_rows())
