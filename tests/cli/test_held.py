"""`detente held`: what an operator reads, says, and is told where that came to nothing."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import msgspec
import pytest

from detente.cli import held
from detente.cli.running import Method
from detente.gateway.admin.api import admin_api
from detente.gateway.guarding.held_desk import (
    ContentHidden,
    HeldContent,
    HeldDesk,
    HeldShown,
    NotHeld,
    WorkersSilent,
)
from detente.gateway.guarding.held_requests import Content, Notice, Word
from detente.gateway.link.server import LinkServer
from tests.cli.command import ended
from tests.gateway.admin.admin_props import asked, parts_in

ID = "req_0123456789abcdef00000001"
SAID = '{"content":"look\x1b[2J\u202e here"}\nmore'


def notice(id_: str = ID, left_s: float = 250.5, deployment: str | None = None) -> Notice:
    now = datetime.now(UTC)
    return Notice(
        id=id_,
        since=now - timedelta(seconds=49.5),
        until=now + timedelta(seconds=left_s),
        project="shop",
        key=None,
        model="openai/gpt-5",
        stage="input" if deployment is None else "output",
        policy="attacks",
        category="prompt_attack",
        severity=3,
        source="detente",
        deployment=deployment,
    )


class Desk(HeldDesk):
    """What workers would say; `fault` is why they cannot."""

    def __init__(self, state: Path) -> None:
        super().__init__(LinkServer(state), ())
        self.held: tuple[Notice, ...] = ()
        self.silent: tuple[str, ...] = ()
        self.fault: Exception | None = None
        self.whole = True
        self.said: list[tuple[str, Word]] = []

    async def shown(self) -> HeldShown:
        return HeldShown(held=self.held, silent=self.silent)

    async def say(self, id_: str, word: Word, *, by: str) -> Notice:
        assert by == "loopback"
        if self.fault is not None:
            raise self.fault
        self.said.append((id_, word))
        return notice(id_, deployment="azure/gpt-5" if word == "refuse" else None)

    async def look(self, id_: str) -> HeldContent:
        if self.fault is not None:
            raise self.fault
        return HeldContent(notice=notice(id_), content=Content(text=SAID, whole=self.whole))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A gateway's admin API, asked without a socket."""
    made = Desk(tmp_path)
    app = admin_api(parts_in(tmp_path, held=made))

    def ask(config: Path, method: Method, path: str) -> tuple[int, bytes]:
        assert config == Path("there")
        headers = [("host", "localhost"), ("content-type", "application/json")]
        status, _, body = asked(app, method, unquote(path), headers, body=b"{}")
        return status, body

    monkeypatch.setattr(held, "ask_for_status", ask)
    monkeypatch.setenv("COLUMNS", "160")
    return made


def run(*arguments: str) -> int:
    return ended(["held", *arguments, "--config", "there"])


def test_a_list_says_what_for_and_how_long(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.held = (notice(), notice("req_b", 7_205.5, "azure/gpt-5"), notice("req_c", -3))
    assert run("list") == 0
    heading, first, second, third = capsys.readouterr().out.splitlines()
    assert heading.split() == list(held.HEADINGS)
    assert first.split() == [
        *(ID, "4:10", "request", "prompt_attack", "3", "(detente)", "attacks", "shop"),
        "openai/gpt-5",
    ]
    assert "2:00:05" in second
    assert "answer of azure/gpt-5" in second
    assert "0:00" in third


def test_an_id_stays_whole_however_narrow_the_terminal(
    desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    desk.held = (notice(),)
    assert run("list") == 0
    assert ID in capsys.readouterr().out


def test_a_list_as_json_and_an_empty_one(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list") == 0
    assert capsys.readouterr().out == "nothing is held\n"
    desk.held = (notice(),)
    assert run("list", "--json") == 0
    shown = msgspec.json.decode(capsys.readouterr().out, type=HeldShown)
    assert shown == HeldShown(held=desk.held)


@pytest.mark.parametrize("as_json", [(), ("--json",)])
def test_a_list_that_may_lack_something_is_bad_news(
    as_json: tuple[str, ...], desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.silent = ("w1", "w3")
    assert run("list", *as_json) == 1
    assert "no answer from `w1`, `w3`, so what they hold is not told" in capsys.readouterr().err


@pytest.mark.parametrize(("word", "what"), [("release", "request"), ("refuse", "answer")])
def test_a_word_is_said_and_told(
    word: Word, what: str, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(word, ID) == 0
    assert desk.said == [(ID, word)]
    done = f"{word}d" if word == "release" else "refused"
    assert capsys.readouterr().out == (
        f"{done} the {what} of `{ID}`, held for `prompt_attack` by policy `attacks`\n"
    )
    assert run(word, ID, "--json") == 0
    assert json.loads(capsys.readouterr().out)["id"] == ID


def test_what_it_says_moves_no_terminal(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", ID) == 0
    printed = capsys.readouterr()
    assert printed.out == '{"content":"look\\x1b[2J\\u202e here"}\nmore\n'
    assert "the rest" not in printed.err
    desk.whole = False
    assert run("show", ID) == 0
    assert "the rest is not shown" in capsys.readouterr().err
    assert run("show", ID, "--json") == 0
    assert json.loads(capsys.readouterr().out)["content"] == {"text": SAID, "whole": False}


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (NotHeld("no request is held"), 2),
        (ContentHidden("it is shown to nobody"), 2),
        (WorkersSilent("no answer from `w1`"), 1),
    ],
)
def test_what_came_to_nothing_says_why(
    fault: Exception, status: int, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.fault = fault
    words = ("show",) if isinstance(fault, ContentHidden) else ("show", "release", "refuse")
    for word in words:
        assert run(word, ID) == status
        assert str(fault) in capsys.readouterr().err


def test_an_id_is_one_part_of_a_path(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("release", f"../{ID}") == 2
    assert desk.said == []
    assert "nothing is served here" in capsys.readouterr().err
