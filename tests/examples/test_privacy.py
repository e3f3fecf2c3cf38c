"""`examples/privacy`: raw text for the own engine alone, and a page that says what it does."""

import hashlib
import re
from functools import cache

import pytest

from detente import wiring
from detente.configuration.guardrails import DAY_MS, Guardrails
from detente.configuration.located import convert, parse_toml
from detente.configuration.schema import Configuration
from detente.configuration.world import base_url_of
from detente.guardrails.judging import judged
from detente.guardrails.policy import governing
from detente.guardrails.rulebook import Rulebook
from detente.guardrails.screening import Screen
from detente.wiring import Setup, detectors_of, kind_defaults
from tests.cli.command import ended
from tests.examples.bundles import EXAMPLES, ROOT

FOLDER = EXAMPLES / "privacy"
PAGE = (ROOT / "docs/how-to/protect-personal-data.md").read_text(encoding="utf-8")
MODEL = "openai/gpt-oss-120b"
CONFIDENTIAL = (("data", "confidential"),)
FOUND = {"person", "email", "phone", "policy_number", "iban"}


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")


@cache
def setup() -> Setup:
    return wiring.load(FOLDER)


def treated(project: str) -> dict[str, set[str]]:
    """By provider, what becomes of what the letter holds."""
    detectors = detectors_of(setup())
    finds = {detector.name: detector.categories for detector in detectors}
    looked = Screen(detectors).look((FOLDER / "letter.txt").read_text(encoding="utf-8"))
    assert {one.category for one in looked.found} == FOUND
    assert looked.failed == ()
    book = Rulebook(setup().policies, setup().world, finds)
    governed = book.governed(MODEL, project, setup().labels_of_project(project))
    assert governed is not None
    return {
        name.partition("/")[0]: {each.applied.treatment for each in judged(looked, one, "input")}
        for name, one in governed.treatments.items()
    }


def test_who_may_see_what_is_confidential() -> None:
    assert treated("claims") == {"own": {"flag"}, "azure": {"pseudonymise"}, "bedrock": {"block"}}


def test_who_may_see_the_rest() -> None:
    expected = {"own": {"flag"}, "azure": {"pseudonymise"}, "bedrock": {"pseudonymise"}}
    assert treated("shop") == expected


def test_the_policy_for_what_is_confidential_makes_the_difference() -> None:
    named = {policy.name for policy in setup().policies}
    assert named == {"house", "confidential"}
    (house,) = governing(setup().policies, model=MODEL, project="shop", labels=())
    assert house.name == "house"


def test_secrets_leave_for_nowhere() -> None:
    book = Rulebook(setup().policies, setup().world, {})
    for project, labels in (("shop", ()), ("claims", CONFIDENTIAL)):
        governed = book.governed(MODEL, project, labels)
        assert governed is not None
        for one in governed.treatments.values():
            assert one.of("secret", "input").treatment == "block"
            assert one.of("url_credentials", "output").treatment == "mask"


@pytest.mark.parametrize("name", ["claims", "shop"])
def test_a_documented_key_opens_it(name: str) -> None:
    key = f"dt-demo-{name}"
    assert key in (FOLDER / "detente.toml").read_text(encoding="utf-8")
    digest = hashlib.sha256(key.encode()).hexdigest()
    assert setup().configuration.keys[name].hash == f"sha256:{digest}"


def test_everything_is_on_loopback() -> None:
    providers = setup().configuration.providers.values()
    urls = [base_url_of(provider, kind_defaults()) or "" for provider in providers]
    assert all(url.startswith("http://127.0.0.1:1831") for url in urls)


def test_the_page_shows_what_stands_in_the_example() -> None:
    text = (FOLDER / "detente.toml").read_text(encoding="utf-8")
    fragments = re.findall(r"(?s)```toml\n(.*?)```", PAGE)
    assert len(fragments) == 5
    for fragment in fragments[:4]:
        assert fragment.rstrip() in text, fragment


def test_the_page_shows_how_kept_conversations_are_remembered() -> None:
    *_, fragment = re.findall(r"(?s)```toml\n(.*?)```", PAGE)
    shown = convert(*parse_toml(fragment.encode(), "page"), "page", Configuration).guardrails
    assert shown.policies["house"].on_kept_history == "remember"
    assert shown.kept_ttl_ms == Guardrails().kept_ttl_ms == 30 * DAY_MS


def test_the_page_shows_what_route_says(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["route", "gpt-oss-120b", "--project", "claims", "--config", str(FOLDER)]
    assert ended(arguments) == 0
    told = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    shown = re.findall(r"(?s)\n```\n( ✓.*?)```", PAGE)
    assert shown
    for line in shown[0].splitlines():
        assert line in told
