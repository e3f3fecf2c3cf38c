"""`detente route`: the answer, its reasons, and its exit status."""

import json
from typing import Any

import pytest

from tests.cli.command import ended

EXAMPLE = "examples/openai-microsoft"
REFUSAL = "examples/first-refusal"


@pytest.fixture(autouse=True)
def _from_the_root(monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config) -> None:
    monkeypatch.chdir(pytestconfig.rootpath)
    monkeypatch.setenv("COLUMNS", "100")


def route(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = ended(["route", *arguments])
    written = capsys.readouterr()
    return status, written.out, written.err


def flat(out: str) -> str:
    """What is printed, without its lines and frames."""
    return " ".join(out.replace("│", " ").split())


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    status, out, _ = route(capsys, *arguments, "--json")
    return status, json.loads(out)


def test_it_explains_a_denial(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = route(
        capsys, "gpt-4", "--provider", "azure", "--at", "2023-03-20", "--config", EXAMPLE
    )
    assert (status, err) == (1, "")
    for words in (
        "deny",
        "openai/gpt-4 · 2023-03-20",
        "azure/gpt-4 on microsoft, eastus",
        "openai-microsoft-2019/gpt-4-time-lag",
        "was granted access to GPT-4 only after companies like Duolingo and Stripe",
        "document 003 (2023)",
        "would change: from 2023-03-21",
        "not asked for: openai/gpt-4, aws/openai.gpt-4",
    ):
        assert words in flat(out)


def test_it_explains_an_order_and_why_not_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = route(capsys, "gpt-5.5", "--at", "2026-06-05", "--config", EXAMPLE)
    assert status == 0
    words = flat(out)
    assert "`openai/gpt-5.5` first, then `aws/openai.gpt-5.5` and `azure/gpt-5.5`" in words
    assert words.index("✓ openai/gpt-5.5") < words.index("✓ aws/openai.gpt-5.5")
    assert words.index("✓ azure/gpt-5.5") < words.index("✗ google/gpt-5.5")
    assert "us-east-2 (Ohio) only" in words


def test_json_has_the_decision_the_question_and_the_grounds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, found = asked(
        capsys, "gpt-4", "--provider", "azure", "--at", "2023-03-20", "--config", EXAMPLE
    )
    assert status == 1
    assert found["outcome"] == "deny"
    assert found["clauses"] == ["openai-microsoft-2019/gpt-4-time-lag"]
    assert found["question"]["model"] == "openai/gpt-4"
    assert found["question"]["at"] == "2023-03-20T00:00:00Z"
    assert found["sentence"]
    ground = found["grounds"]["openai-microsoft-2019/gpt-4-time-lag"]
    assert ground["quote"].startswith("Microsoft Cloud Services was granted access")
    assert ground["source"].startswith("document 003")


@pytest.mark.parametrize(
    ("arguments", "outcome"),
    [
        (("--provider", "azure", "--at", "2023-03-22"), "deny"),
        (
            ("--provider", "azure", "--at", "2023-03-22", "--label", "enrolled=azure-openai"),
            "allow",
        ),
        (("--at", "2026-03-01", "--interface", "training_compute"), "deny"),
        (("--at", "2024-01-01", "--region", "mars"), "deny"),
        (("--at", "2024-01-01", "--project", "demo", "--provider", "openai"), "allow"),
    ],
)
def test_every_option_narrows_or_enables(
    arguments: tuple[str, ...], outcome: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, found = asked(capsys, "gpt-4", *arguments, "--config", EXAMPLE)
    assert found["outcome"] == outcome
    assert status == (0 if outcome == "allow" else 1)


def test_knowledge_has_its_own_date(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("gpt-5.5", "--provider", "aws", "--at", "2026-05-01", "--config", EXAMPLE)
    _, now = asked(capsys, *arguments)
    _, then = asked(capsys, *arguments, "--as-known-at", "2026-04-20")
    assert then["clauses"] == ["openai-microsoft-2025-10/api"]
    assert now["clauses"] == []
    _, out, _ = route(capsys, *arguments, "--as-known-at", "2026-04-20")
    assert "as known on 2026-04-20" in flat(out)


def test_events_and_refusals_may_be_supposed(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("gpt-5.2", "--provider", "aws", "--at", "2026-02-01", "--config", EXAMPLE)
    assert asked(capsys, *arguments)[1]["clauses"] == ["openai-microsoft-2025-10/api"]
    assert asked(capsys, *arguments, "--event", "agi_verified=2026-01-15")[1]["clauses"] == []
    arguments = ("gpt-4o-mini", "--at", "2026-06-05", "--config", REFUSAL)
    assert asked(capsys, *arguments)[1]["order"] == ["azure-eastus2/gpt-4o-mini"]
    status, found = asked(capsys, *arguments, "--refused", "azure-eastus2/gpt-4o-mini")
    assert (status, found["order"]) == (0, ["openai/gpt-4o-mini"])


def test_what_is_missing_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    seeds = "examples/openai-microsoft/seed-only.toml"
    status, out, _ = route(
        capsys, "gpt-4", "--provider", "openai", "--at", "2023-03-20", "--config", seeds
    )
    assert status == 1
    assert "unknown" in out
    assert "missing: start of sales-of-2023/gpt-4-direct" in flat(out)


def test_without_a_date_it_is_now(capsys: pytest.CaptureFixture[str]) -> None:
    _, found = asked(capsys, "gpt-4o-mini", "--config", REFUSAL)
    assert found["question"]["at"] == found["question"]["known_at"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("gpt-44",), "unknown model `gpt-44`; did you mean `gpt-4`?"),
        (("gpt-4", "--provider", "azur"), "unknown provider `azur`; did you mean `azure`?"),
        (("gpt-4", "--project", "dem"), "unknown project `dem`; did you mean `demo`?"),
        (("gpt-4", "--at", "soon"), "`--at` is no date: `soon`"),
        (("gpt-4", "--as-known-at", "soon"), "`--as-known-at` is no date: `soon`"),
        (("gpt-4", "--interface", "telepathy"), "interface"),
        (("gpt-4", "--label", "x"), "`--label` is no label: `x`"),
        ((), "detente route --help"),
    ],
)
def test_wrong_usage_is_one_sentence_and_status_2(
    arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = route(capsys, *arguments, "--config", EXAMPLE)
    assert (status, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


def test_an_unreadable_configuration_is_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = route(capsys, "gpt-4", "--config", "nowhere.toml")
    assert status == 2
    assert "nowhere.toml:1: no such file or directory; check the path" in err


def test_a_place_that_refused_is_shown_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    refused = ("--refused", "azure-eastus2/gpt-4o-mini=503")
    status, out, _ = route(capsys, "gpt-4o-mini", "--config", REFUSAL, *refused)
    assert status == 0
    assert "✓ openai/gpt-4o-mini" in flat(out)
    assert "↷ azure-eastus2/gpt-4o-mini refused: 503" in flat(out)


def test_a_question_too_long_for_the_frame_stands_below_it_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    refused = ("--refused", "azure/gpt-6-sol-ptu=429")
    company = ("--project", "claims", "--config", "examples/european-company")
    _, out, _ = route(capsys, "gpt-6-sol", *refused, *company)
    assert "data=personal · azure/gpt-6-sol-ptu refused" in flat(out)
    assert max(map(len, out.splitlines())) <= 80
