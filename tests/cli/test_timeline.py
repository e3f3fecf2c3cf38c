"""`detente timeline`: the chart, the files, and what it refuses to draw."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import ended

EXAMPLE = "examples/openai-microsoft"
SEEDS = "examples/openai-microsoft/seed-only.toml"


@pytest.fixture(autouse=True)
def _from_the_root(monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config) -> None:
    monkeypatch.chdir(pytestconfig.rootpath)
    monkeypatch.setenv("COLUMNS", "100")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = ended(["timeline", *arguments])
    written = capsys.readouterr()
    return status, written.out, written.err


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    status, out, err = run(capsys, *arguments, "--json")
    assert (status, err) == (0, "")
    return json.loads(out)


def test_the_seeds_story_is_in_the_chart(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, EXAMPLE)
    assert (status, err) == (0, "")
    for words in (
        "2019-07-22 to 2025-01-21  The original arrangement of OpenAI and Microsoft",
        "2026-04-27 to open  The amended agreement of 27 April 2026",
        "2023-03-14 to 2023-03-21  held at azure/gpt-4: openai-microsoft-2019/gpt-4-time-lag",
        "2025-10-28 to 2026-04-27  closed at aws/openai.gpt-4: openai-microsoft-2025-10/api",
        "first refusal at oracle/training: openai-microsoft-2025-01/compute",
    ):
        assert words in out


def test_it_can_be_narrowed(capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(capsys, EXAMPLE, "--model", "gpt-5.2", "--provider", "aws")
    assert {t["deployment"] for t in found["tracks"]} == {"aws/openai.gpt-5.2"}
    assert len(found["tracks"]) == 2
    one = asked(capsys, EXAMPLE, "--model", "openai/gpt-5*", "--interface", "stateful_runtime")
    assert {t["model"] for t in one["tracks"]} == {"openai/gpt-5.2"}


def test_an_event_is_supposed(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = (EXAMPLE, "--model", "gpt-4", "--provider", "aws")
    before = asked(capsys, *arguments)
    after = asked(capsys, *arguments, "--event", "agi_verified=2026-01-15")
    assert before["tracks"][0]["spans"][-2]["until"] == "2026-04-27T00:00:00Z"
    assert after["tracks"][0]["spans"][-2]["until"] == "2026-01-15T00:00:00Z"
    assert {"at": "2026-01-15T00:00:00Z", "kind": "event", "name": "agi_verified"} in after["marks"]


def test_the_window_fits_what_changes_or_is_what_was_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    fitting = asked(capsys, EXAMPLE, "--model", "gpt-4")
    assert fitting["since"] < "2023-03-14"
    assert "2026-04-27" < fitting["until"] < "2027"
    chosen = asked(capsys, EXAMPLE, "--since", "2023-03-01", "--until", "2023-04-01")
    assert (chosen["since"], chosen["until"]) == ("2023-03-01T00:00:00Z", "2023-04-01T00:00:00Z")


def test_what_was_not_known_is_not_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(capsys, EXAMPLE, "--as-known-at", "2025-06-01", "--until", "2025-12-01")
    assert "openai-microsoft-2026-04" not in {r["agreement"] for r in found["regimes"]}


def test_files_are_written_and_nothing_is_printed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    svg, html, png = tmp_path / "t.svg", tmp_path / "t.html", tmp_path / "t.png"
    files = ("--svg", str(svg), "--html", str(html), "--png", str(png))
    assert run(capsys, SEEDS, *files) == (0, "", "")
    assert "The exclusive binding of OpenAI" in svg.read_text(encoding="utf-8")
    assert html.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert png.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--model", "gpt-99"), "unknown model `gpt-99`"),
        (("--provider", "azur"), "unknown provider `azur`; did you mean `azure`?"),
        (("--project", "nobody"), "unknown project `nobody`"),
        (("--since", "2025-01-01", "--until", "2024-01-01"), "choose `--since` before `--until`"),
        (("--model", "gpt-4", "--provider", "google"), "nothing is left to draw"),
        (("--svg", "/nowhere/at/all.svg"), "cannot write `/nowhere/at/all.svg`"),
    ],
)
def test_what_cannot_be_drawn_is_said(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    status, out, err = run(capsys, EXAMPLE, *arguments)
    assert (status, out) == (2, "")
    assert said in err


def test_too_many_rows_are_refused_with_the_cure(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    models = "".join(
        f'[models."x/m{n}"]\ndeployments = [{{ provider = "p", id = "m{n}" }}]\n' for n in range(81)
    )
    config = tmp_path / "detente.toml"
    config.write_text(
        f'[providers.p]\nkind = "ollama"\nbase_url = "http://127.0.0.1:1"\nhost = "h"\n{models}'
    )
    status, _, err = run(capsys, str(config))
    assert status == 2
    assert "81 deployments are more than a picture shows (80); choose some with `--model" in err
    assert len(asked(capsys, str(config))["tracks"]) == 81
    assert run(capsys, str(config), "--model", "x/m1*")[0] == 0
