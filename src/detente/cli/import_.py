"""`detente import`: prices and configurations from elsewhere, in our form.

Reads what is installed or given, sends nothing, and changes no file but the one that it is told to
write. Whatever is not carried over is named on standard error, with the reason: nothing is lost in
silence.

    detente import genai-prices --provider openai --model 'gpt-5*'
    detente import litellm config.yaml --output detente.toml
"""

import sys
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cyclopts import App, Parameter

from detente.canonical.failure import ClientFault
from detente.catalog import names
from detente.catalog.genai_prices import imported
from detente.catalog.price_rows import WrittenPrice, in_order, written
from detente.cli import litellm as from_litellm
from detente.cli.facts import read_input

PLACES: Final = {
    "openai": "openai",
    "anthropic": "anthropic",
    "azure": "azure",
    "foundry": "azure",
    "bedrock": "aws",
    "bedrock_mantle": "aws",
    "gemini": "google",
    "vertex": "google",
    "xai": "x-ai",
}
"""Kinds of provider as `genai-prices` calls them, where it calls them otherwise or as we do."""
PROFILES: Final = {"global.": "global", "regional.": "!global"}
"""How it tells Bedrock's profiles apart, and in which zone such a price then holds."""

app = App(name="import", help="Take over prices and configurations from elsewhere.")

Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]


@app.command(name="genai-prices")
def genai_prices(
    *,
    provider: str = "*",
    model: str = "*",
    name: Annotated[str | None, Parameter(name="--as")] = None,
    as_json: Json = False,
) -> None:
    """Print list prices of the package `genai-prices` as `[[prices]]`, ready to append.

    Needs the extra `prices`. Takes what the installed package carries; never the network.

    Parameters
    ----------
    provider
        The kind of provider, or the package's own name of it; may be a pattern (`*`).
    model
        The model's id there; may be a pattern (`*`).
    name
        What the configuration calls the provider; left out, as its kind.
    """
    try:
        from genai_prices.data import providers  # noqa: PLC0415 - an optional extra, slow to load
    except ModuleNotFoundError:
        raise ClientFault(
            "request_invalid",
            "the package `genai-prices` is not installed; install `detente[prices]`",
        ) from None
    place = PLACES.get(provider, provider)
    kind = provider if provider in PLACES else None
    found = imported(providers, version("genai-prices"), provider=place, model=model)
    for sentence in found.left_out:
        sys.stderr.write(f"{sentence}\n")
    if not found.rows:
        raise ClientFault(
            "request_invalid",
            f"`genai-prices` has no price for model `{model}` at `{provider}`; try a pattern (`*`)",
        )
    rows = _ours(found.rows, kind, name)
    if as_json:
        sys.stdout.write(msgspec.json.encode(rows).decode() + "\n")
    else:
        sys.stdout.write(written(rows) + "\n")


@app.command
def litellm(
    file: Path, /, *, output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None
) -> None:
    """Make a `detente.toml` of a LiteLLM proxy's `config.yaml`.

    Needs the extra `import`. Copies no secret: a key that stands in the file becomes a reference to
    an environment variable. Every setting that is not carried over is named on standard error.

    Parameters
    ----------
    file
        The proxy's configuration.
    output
        Where to write the result, if not to standard output; it must not exist yet.
    """
    made = from_litellm.translated(read_input(file), str(file))
    for sentence in made.notes:
        sys.stderr.write(f"{sentence}\n")
    if output is None:
        sys.stdout.write(made.toml)
        return
    try:
        with output.open("x", encoding="utf-8") as target:
            target.write(made.toml)
    except OSError as error:
        reason = (error.strerror or "cannot be written").lower()
        raise ClientFault(
            "request_invalid", f"`{output}`: {reason}; choose another `--output`"
        ) from None


def _ours(rows: Iterable[WrittenPrice], kind: str | None, name: str | None) -> list[WrittenPrice]:
    """The rows with our names of models and providers, in the order in which they count."""
    kinds = {place: known for known, place in reversed(PLACES.items())}
    called = names()
    found: list[WrittenPrice] = []
    for row in rows:
        known = kind or kinds.get(row.provider, row.provider)
        upstream_id, zone = row.model, row.zone
        for prefix, where in PROFILES.items():
            if row.provider == "aws" and upstream_id.startswith(prefix):
                upstream_id, zone = upstream_id.removeprefix(prefix), where
        canonical = called.of(known, upstream_id) or called.of(known, f"global.{upstream_id}")
        found.append(
            msgspec.structs.replace(
                row,
                model=canonical or f"*/{upstream_id.rpartition('/')[2]}",
                provider=name or known,
                zone="global" if row.provider == "azure" else zone,
            )
        )
    return in_order(found)
