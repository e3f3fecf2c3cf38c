"""The page on signing in with tokens: its configurations load, its claims say what it says."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from detente.configuration.schema import Configuration
from detente.gateway.callers.bearer import claim_rules
from detente.principals.claims import TokenIdentity, identity_of
from detente.wiring import build, read_sources
from tests.examples.bundles import ROOT

PAGE = (ROOT / "docs/how-to/sign-in-with-tokens.md").read_text(encoding="utf-8")
TABLES = [text for text in re.findall(r"(?s)```toml\n(.*?)```", PAGE) if "[identity." in text]
NOW_US = 1_800_000_000_000_000
NOW = 1_800_000_000


def configured(folder: Path, text: str) -> Configuration:
    path = folder / "detente.toml"
    path.write_text(text, encoding="utf-8")
    return build(read_sources(path)).configuration


@pytest.mark.parametrize(
    "text", TABLES, ids=lambda text: next(iter(tomllib.loads(text)["identity"]))
)
def test_a_configuration_of_the_page_loads(text: str, tmp_path: Path) -> None:
    assert configured(tmp_path, text).identity


def said(name: str, folder: Path, **changed: object) -> TokenIdentity:
    """What the claims of the page's section say under its configuration."""
    found = re.search(rf"(?s)```toml\n(\[identity\.{name}\].*?)```.*?```json\n(.*?)```", PAGE)
    assert found is not None
    provider = configured(folder, found[1]).identity[name]
    claims = {**json.loads(found[2]), "exp": NOW + 60, **changed}
    return identity_of(claims, claim_rules(name, provider), NOW_US)


def test_the_claims_of_entra_say_project_role_and_label(tmp_path: Path) -> None:
    found = said("entra", tmp_path)
    assert (found.project, found.role) == ("shop", "auditor")
    assert found.labels == (("application", "aaaaaaaa-0000-0000-0000-000000000001"),)
    assert said("entra", tmp_path, roles=["Other"]).project is None


def test_the_claims_of_google_say_a_project_for_those_who_are_named(tmp_path: Path) -> None:
    assert said("google", tmp_path).project == "shop"
    assert "batch" not in said("google", tmp_path).name
    anybody = said("google", tmp_path, email="anybody@other.iam.gserviceaccount.com")
    assert anybody.project is None
    assert said("google", tmp_path, email="shop").project is None
