"""The tables of a `detente.toml`, as text.

>>> reference("OPENAI_API_KEY")
'{ env = "OPENAI_API_KEY" }'
"""

from collections.abc import Iterator
from typing import Final

from detente.catalog.price_rows import quoted, written
from detente.cli.litellm.groups import Finished, Group, Placed
from detente.cli.litellm.providers import Place

SECRETS: Final = ("api_key", "secret_access_key", "session_token")


def document(file: str, finished: Finished, limits: dict[str, int]) -> str:
    """The whole configuration."""
    head = file.replace("\n", " ").rpartition("/")[2]
    blocks = [f"# Made from {head} by `detente import litellm`."]
    if limits:
        blocks.append("\n".join(["[limits]", *(f"{k} = {v}" for k, v in limits.items())]))
    blocks += ["\n".join(_provider(name, place)) for name, place in finished.providers.items()]
    blocks += ["\n".join(_model(group)) for group in finished.groups if group.deployments]
    if finished.prices:
        blocks.append(written(finished.prices))
    return "\n\n".join(blocks) + "\n"


def reference(variable: str) -> str:
    """A secret by the environment variable that holds it."""
    return f"{{ env = {quoted(variable)} }}"


def _provider(name: str, place: Place) -> Iterator[str]:
    yield f"[providers.{quoted(name)}]" if "." in name else f"[providers.{name}]"
    for key in place.__struct_fields__:
        value: object = getattr(place, key)
        if key == "credentials" and isinstance(value, tuple):
            yield f"credentials = {_credentials(place.credentials or ())}"
        elif isinstance(value, str):
            yield f"{key} = {reference(value) if key in SECRETS else quoted(value)}"


def _credentials(pairs: tuple[tuple[str, str], ...]) -> str:
    if not pairs:
        return '"default"'
    return "{ " + ", ".join(f"{key} = {quoted(value)}" for key, value in pairs) + " }"


def _model(group: Group) -> Iterator[str]:
    yield f"[models.{quoted(group.name)}]"
    if group.aliases:
        yield "aliases = [" + ", ".join(quoted(alias) for alias in group.aliases) + "]"
    limits = [
        f"{key} = {value}"
        for key, value in (
            ("context_tokens", group.context_tokens),
            ("output_tokens_max", group.output_tokens_max),
        )
        if value is not None
    ]
    if limits:
        yield "capabilities = { " + ", ".join(limits) + " }"
    yield "deployments = ["
    for placed in group.deployments:
        yield f"  {_deployment(placed)},"
    yield "]"


def _deployment(placed: Placed) -> str:
    capacity = [
        f"{key} = {value}"
        for key, value in (
            ("requests_per_minute", placed.requests_per_minute),
            ("tokens_per_minute", placed.tokens_per_minute),
        )
        if value is not None
    ]
    told = "" if not capacity else ", capacity = { " + ", ".join(capacity) + " }"
    return f"{{ provider = {quoted(placed.provider)}, id = {quoted(placed.id)}{told} }}"
