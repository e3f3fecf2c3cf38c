"""The page on asking a human: its configuration is taken, its commands print what it shows."""

import re
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from detente.canonical.safety import SafetySignal
from detente.cli import held
from detente.cli.running import Method
from detente.gateway.admin.api import admin_api
from detente.gateway.guarding.held_desk import HeldContent, HeldDesk, HeldShown
from detente.gateway.guarding.held_requests import (
    SHOWN_BYTES_MAX,
    Content,
    Notice,
    Refused,
    Why,
    Word,
    held_refusal,
)
from detente.gateway.link.server import LinkServer
from detente.gateway.measures.exposition import HELD
from detente.guardrails.policy import governing
from detente.guardrails.risk import risk_of
from detente.wiring import load
from tests.cli.command import ended
from tests.examples.bundles import ROOT
from tests.gateway.admin.admin_props import asked, parts_in

PAGE = (ROOT / "docs/how-to/ask-a-human.md").read_text(encoding="utf-8")
FRAGMENTS = re.findall(r"(?s)```toml\n(.*?)```", PAGE)
SHOWN = re.findall(r"(?s)```console\n\$ (detente .*?)\n(.*?)```", PAGE)
ID = "req_0123456789abcdef00000001"
MODEL = "openai/gpt-5"


def notice() -> Notice:
    now = datetime.now(UTC)
    return Notice(
        id=ID,
        since=now,
        until=now + timedelta(seconds=250.9),
        project="shop",
        key="app1",
        model=MODEL,
        stage="input",
        policy="careful",
        category="prompt_attack",
        severity=3,
        source="detente",
    )


class Desk(HeldDesk):
    """One request is held."""

    async def shown(self) -> HeldShown:
        return HeldShown(held=(notice(),))

    async def say(self, id_: str, word: Word, *, by: str) -> Notice:
        del word, by
        assert id_ == ID
        return notice()

    async def look(self, id_: str) -> HeldContent:
        assert id_ == ID
        return HeldContent(notice=notice(), content=Content(text="hello", whole=True))


@pytest.fixture(autouse=True)
def _gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = admin_api(parts_in(tmp_path, held=Desk(LinkServer(tmp_path), ())))

    def ask(config: Path, method: Method, path: str) -> tuple[int, bytes]:
        del config
        headers = [("host", "localhost"), ("content-type", "application/json")]
        status, _, body = asked(app, method, path, headers, body=b"{}")
        return status, body

    monkeypatch.setattr(held, "ask_for_status", ask)
    monkeypatch.setenv("COLUMNS", "160")


@pytest.mark.parametrize(("command", "output"), SHOWN)
def test_a_command_prints_what_the_page_shows(
    command: str, output: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(shlex.split(command)[1:]) == 0
    written = capsys.readouterr().out
    assert [line.split() for line in written.splitlines()] == [
        line.split() for line in output.splitlines()
    ]


def test_what_the_page_says_in_passing_works(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(SHOWN) == 3
    (show,) = re.findall(r"`detente (held show \S+)`", PAGE)
    assert ended(show.split()) == 0
    assert capsys.readouterr().out == "hello\n"
    assert f"up to {SHOWN_BYTES_MAX // 1024} KiB" in PAGE
    assert f"`{HELD.exposed_name}`" in PAGE


@pytest.mark.parametrize(
    ("stage", "category", "severity", "treatment"),
    [
        ("input", "prompt_attack", 1, "hold"),
        ("output", "prompt_attack", 3, "allow"),
        ("output", "hate", 1, "allow"),
        ("output", "hate", 2, "hold"),
        ("input", "violence", 3, "allow"),
    ],
)
def test_its_policy_holds_what_it_says(
    stage: str, category: str, severity: int, treatment: str, tmp_path: Path
) -> None:
    policy, bounds, shows = FRAGMENTS
    (tmp_path / "detente.toml").write_text(f"{bounds}show_held = true\n{policy}")
    setup = load(tmp_path)
    guardrails = setup.configuration.guardrails
    assert (guardrails.held_max, guardrails.hold_timeout_ms) == (100, 300_000)
    assert guardrails.show_held
    assert shows == "[guardrails]\nshow_held = true\n"
    governed = governing(setup.policies, model=MODEL, project=None, labels=())
    signal = SafetySignal(
        stage=stage,  # pyright: ignore[reportArgumentType] -- of the table above
        action="flagged",
        category=category,  # pyright: ignore[reportArgumentType] -- of the table above
        severity=severity,
        source="azure",
    )
    verdict = risk_of(governed, (signal,))
    assert verdict.treatment == treatment
    assert verdict.once_begun().treatment == ("block" if treatment == "hold" else treatment)


def test_its_sentences_are_what_clients_read() -> None:
    told = [str(held_refusal(notice(), Refused(why=why))) for why in get_args(Why)]
    assert re.findall(r"(?m)^policy `careful` held .*$", PAGE) == told
