"""`detente offers`: made, answered, listed, and asked about with `detente route`."""

import http.client
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import ended
from tests.cli.contract import CONFIGURATION, at_address, written
from tests.gateway_process import GatewayProcess, running_gateway

OPEN = ("open", "abilene", "--clause", "deal/compute", "--by", "openai")
LONG_AGO = "2026-01-01"


class Terminal:
    """Commands about one configuration, and what they print."""

    def __init__(self, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.config = config
        self._capsys = capsys

    def command(self, *arguments: str) -> tuple[int, str, str]:
        status = ended([*arguments, "--config", str(self.config)])
        printed = self._capsys.readouterr()
        return status, printed.out, printed.err

    def offers(self, *arguments: str) -> str:
        status, out, err = self.command("offers", *arguments)
        assert (status, err) == (0, "")
        return out

    def facts(self, *arguments: str) -> dict[str, Any]:
        return json.loads(self.offers(*arguments, "--json"))

    def refused(self, *arguments: str) -> str:
        status, out, err = self.command("offers", *arguments)
        assert (status, out) == (2, "")
        assert err.count("\n") == 1
        return err


@pytest.fixture
def terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    monkeypatch.setenv("COLUMNS", "200")
    return Terminal(written(tmp_path / "contract"), capsys)


def test_an_offer_says_until_when_it_is_open_and_who_waits(terminal: Terminal) -> None:
    out = terminal.offers(*OPEN)
    assert "recorded: `abilene` offered by `openai` on 20" in out
    assert "`abilene` is open until `host:microsoft` answers, or until it lapses on 20" in out
    assert "`oci/y` waits for it" in out
    assert "in force from its next start" in out


def test_an_offer_without_a_window_says_so(terminal: Terminal) -> None:
    out = terminal.offers("open", "hall", "--clause", "deal/endless", "--by", "openai")
    assert "open until `host:microsoft` answers; it has no window after which it lapses" in out
    assert "no deployment names it; one that is built under it carries `offer`" in out


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("refused", "no longer in the way of `oci/y`"),
        ("accepted", "`oci/y` stays closed to it: the capacity is the holder's"),
    ],
)
def test_an_answer(terminal: Terminal, said: str, told: str) -> None:
    terminal.offers(*OPEN)
    out = terminal.offers("answer", "abilene", said, "--by", "microsoft", "--evidence", "mail 3")
    assert f"recorded: `abilene` {said} by `microsoft` on 20" in out
    assert "evidence: mail 3 (entry 2 of" in out
    assert told in out
    again = terminal.facts("answer", "abilene", said, "--by", "microsoft")
    assert (again["recorded"], again["line"]) == (False, 2)


def test_silence_until_the_window_has_passed(terminal: Terminal) -> None:
    out = terminal.offers(*OPEN, "--at", LONG_AGO)
    assert "`abilene` is lapsed on 2026-01-31, without an answer from `host:microsoft`" in out
    said = terminal.refused("answer", "abilene", "accepted", "--by", "microsoft")
    assert "`abilene` lapsed on 2026-01-31, 30d after it was made" in said
    # An answer that was given in time may become known later.
    answer = ("answer", "abilene", "accepted", "--by", "microsoft", "--at", "2026-01-30")
    assert "`abilene` is accepted" in terminal.offers(*answer)


def test_the_list(terminal: Terminal) -> None:
    out = terminal.offers("list")
    assert "abilene  not made yet; `detente offers open` records that it was" in out
    assert "`oci/y` waits for it" in out
    terminal.offers(*OPEN, "--at", LONG_AGO)
    terminal.offers("open", "hall", "--clause", "deal/endless", "--by", "openai")
    out = terminal.offers("list")
    assert "abilene  lapsed on 2026-01-31" in out
    assert "offered by `openai` on 2026-01-01, recorded on 20" in out
    assert " under `deal/compute`" in out
    assert "hall  open until `host:microsoft` answers" in out
    assert "2 entries, chain intact" in out


def test_the_list_as_json(terminal: Terminal) -> None:
    terminal.offers(*OPEN, "--at", LONG_AGO)
    facts = terminal.facts("list")
    (offer,) = facts["offers"]
    assert (offer["name"], offer["status"], offer["lapses_at"]) == (
        "abilene",
        "lapsed",
        "2026-01-31T00:00:00Z",
    )
    assert (offer["clause"], offer["deployments"]) == ("deal/compute", ["oci/y"])
    assert len(facts["head"]) == 64


def test_nothing_that_was_offered(terminal: Terminal) -> None:
    terminal.config.write_text(CONFIGURATION.replace(', offer = "abilene"', ""))
    assert "nothing was offered, and no deployment names an offer" in terminal.offers("list")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("open", "x", "--clause", "deal/api", "--by", "openai"),
            "`deal/api` is of type `exclusive`",
        ),
        (("open", "x", "--clause", "deal/compote", "--by", "o"), "did you mean `deal/compute`?"),
        ((*OPEN[:-1], "microsoft"), "is whom `deal/compute` has offered to"),
        ((*OPEN, "--at", "2999-01-01"), "`--at` is in the future"),
        (("answer", "x", "refused", "--by", "microsoft"), "no offer `x` was made; first"),
        (("answer", "x", "declined", "--by", "microsoft"), "see `detente offers answer --help`"),
        (("open", "x", "--by", "openai"), "see `detente offers open --help`"),
    ],
)
def test_what_is_refused_says_the_cure(
    terminal: Terminal, arguments: tuple[str, ...], said: str
) -> None:
    assert said in terminal.refused(*arguments)
    assert terminal.facts("list")["entries"] == 0


def test_nobody_answers_for_the_holder(terminal: Terminal) -> None:
    terminal.offers(*OPEN)
    said = terminal.refused("answer", "abilene", "refused", "--by", "openai")
    assert "`openai` does not answer `abilene`; `host:microsoft` does" in said


def outcome(terminal: Terminal, *arguments: str) -> tuple[str, list[dict[str, Any]]]:
    _, out, _ = terminal.command("route", "lab/offered", "--json", *arguments)
    facts = json.loads(out)
    return facts["outcome"], facts["question"]["offers"]


def test_a_route_looks_at_what_is_on_record(terminal: Terminal) -> None:
    assert outcome(terminal) == ("deny", [])
    terminal.offers(*OPEN)
    found, (offer,) = outcome(terminal)
    assert (found, offer["clause"], offer["answer"]) == ("deny", "deal/compute", None)
    terminal.offers("answer", "abilene", "refused", "--by", "microsoft")
    found, (offer,) = outcome(terminal)
    assert (found, offer["answer"]) == ("allow", "refused")


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("open", "deny"),
        ("accepted", "deny"),
        ("refused", "allow"),
        ("lapsed", "allow"),
        ("open@2026-01-01", "allow"),
        ("refused@2999-01-01", "deny"),
    ],
)
def test_a_route_supposes_how_an_offer_stands(terminal: Terminal, state: str, found: str) -> None:
    terminal.offers(*OPEN)
    got, offers = outcome(terminal, "--offer", f"abilene={state}")
    assert got == found
    assert {offer["name"] for offer in offers} == {"abilene"}


def test_a_running_gateway_opens_what_was_refused(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_gateway(terminal.config.parent, CONFIGURATION) as gateway:
        at_address(gateway, monkeypatch)
        assert "in force now" in terminal.offers(*OPEN)
        assert "lab/offered" not in models(gateway)
        assert "in force now" in terminal.offers(
            "answer", "abilene", "refused", "--by", "microsoft"
        )
        assert "lab/offered" in models(gateway)


def models(gateway: GatewayProcess) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=20)
    try:
        connection.request("GET", "/v1/models")
        return connection.getresponse().read().decode()
    finally:
        connection.close()
