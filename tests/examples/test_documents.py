"""Configurations that the documents show load as they stand.

A fenced `toml` block with a `[providers.NAME]` in it is a whole `detente.toml`, unless its page is
one of those that tell of a table by itself. An alternative that stands in a comment is not read.
"""

import re
from pathlib import Path

import pytest

from detente import wiring
from detente.configuration.located import LocatedErrors
from detente.providers import KINDS
from tests.tidy.project import ROOT, files, shown, text_of

PROVIDERS = ROOT / "docs/reference/providers.md"
BLOCK = re.compile(r"```toml\n(.*?)```", re.DOTALL)
FRAGMENTS = ("docs/how-to/test-a-provider.md",)
"""Pages that add a key to a table that their reader has already."""


def blocks() -> list[tuple[str, str]]:
    """Page and text of every configuration in the documents."""
    return [
        (shown(page), text)
        for page in files(".md")
        for text in BLOCK.findall(text_of(page))
        if "[providers." in text and shown(page) not in FRAGMENTS
    ]


def loaded(folder: Path, text: str) -> wiring.Setup:
    """What a configuration says, with nothing beside it but an empty folder of agreements."""
    (folder / "agreements").mkdir()
    (folder / "detente.toml").write_text(text, encoding="utf-8")
    return wiring.load(folder)


@pytest.mark.parametrize(("page", "text"), blocks(), ids=lambda value: str(value)[:40])
def test_a_configuration_loads(page: str, text: str, tmp_path: Path) -> None:
    setup = loaded(tmp_path, text)
    assert setup.configuration.providers, page


def test_every_kind_has_an_example_with_a_deployment(tmp_path: Path) -> None:
    seen: set[str] = set()
    for number, text in enumerate(BLOCK.findall(text_of(PROVIDERS))):
        folder = tmp_path / str(number)
        folder.mkdir()
        setup = loaded(folder, text)
        kinds = {name: one.kind for name, one in setup.configuration.providers.items()}
        assert {kinds[one.provider] for one in setup.world.deployments} == set(kinds.values())
        seen |= set(kinds.values())
    assert seen >= {kind.name for kind in KINDS}


def test_a_block_with_a_mistake_does_not_load(tmp_path: Path) -> None:
    text = next(text for page, text in blocks() if page == shown(PROVIDERS))
    with pytest.raises(LocatedErrors):
        loaded(tmp_path, text.replace("api_key", "api_kye"))
