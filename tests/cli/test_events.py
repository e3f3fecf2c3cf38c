"""`detente events`: declared, verified, listed, and in force in a gateway that runs."""

import http.client
import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import ended
from tests.cli.contract import CONFIGURATION, at_address, written
from tests.gateway_process import GatewayProcess, running_gateway


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COLUMNS", "200")
    return written(tmp_path / "contract")


@pytest.fixture
def gateway(config: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[GatewayProcess]:
    with running_gateway(config.parent, CONFIGURATION) as found:
        at_address(found, monkeypatch)
        yield found


class Terminal:
    """Commands about one configuration, and what they print."""

    def __init__(self, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.config = config
        self._capsys = capsys

    def events(self, *arguments: str) -> tuple[int, str, str]:
        status = ended(["events", *arguments, "--config", str(self.config)])
        printed = self._capsys.readouterr()
        return status, printed.out, printed.err

    def facts(self, *arguments: str) -> dict[str, Any]:
        status, out, err = self.events(*arguments, "--json")
        assert (status, err) == (0, "")
        return json.loads(out)

    def refused(self, *arguments: str) -> str:
        status, out, err = self.events(*arguments)
        assert (status, out) == (2, "")
        assert err.count("\n") == 1
        return err


@pytest.fixture
def terminal(config: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(config, capsys)


def models(gateway: GatewayProcess) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=20)
    try:
        connection.request("GET", "/v1/models")
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def test_a_declaration_alone_has_no_effect_and_says_what_is_missing(terminal: Terminal) -> None:
    status, out, err = terminal.events("declare", "agi", "--by", "openai", "--at", "2026-01-02")
    assert (status, err) == (0, "")
    assert "recorded: `agi` declared by `openai` on 2026-01-02, recorded on" in out
    assert "(entry 1 of" in out
    assert "no effect until it is verified: `detente events verify agi --by panel`" in out
    assert "no gateway of this configuration is running; in force from its next start" in out


def test_what_is_verified_says_what_becomes_of_each_clause(terminal: Terminal) -> None:
    terminal.events("declare", "agi", "--by", "openai", "--at", "2026-01-02")
    status, out, _ = terminal.events(
        "verify", "agi", "--by", "panel", "--at", "2026-02-03", "--evidence", "report 7"
    )
    assert status == 0
    assert "evidence: report 7 (entry 2 of" in out
    assert "from 2026-02-03: `deal/api` ends" in out
    assert "from 2026-02-03: `deal/agi` closes models released from then on" in out


def test_the_same_again_changes_nothing_and_says_so(terminal: Terminal) -> None:
    terminal.events("declare", "agi", "--by", "openai")
    status, out, _ = terminal.events("declare", "agi", "--by", "openai")
    assert status == 0
    assert "nothing new: that is on record already" in out
    facts = terminal.facts("declare", "agi", "--by", "openai")
    assert (facts["recorded"], facts["entry"], facts["line"]) == (False, None, 1)


def test_the_list_says_who_when_and_what_waits(terminal: Terminal) -> None:
    status, out, _ = terminal.events("list")
    assert status == 0
    assert "agi  awaited" in out
    assert "once declared by `openai` and verified by `panel`: `deal/agi` closes" in out
    assert "once declared and verified: `deal/api` ends" in out
    assert "nothing is on record" in out
    terminal.events("declare", "agi", "--by", "openai", "--at", "2026-01-02")
    terminal.events("verify", "agi", "--by", "panel", "--at", "2026-02-03")
    status, out, _ = terminal.events("list")
    assert "agi  verified" in out
    assert "declared by `openai` on 2026-01-02, recorded on 20" in out
    assert "verified by `panel` on 2026-02-03, recorded on 20" in out
    assert "2 entries, chain intact, last hash " in out


def test_the_list_as_json(terminal: Terminal) -> None:
    terminal.events("declare", "agi", "--by", "openai", "--evidence", "minute 14")
    facts = terminal.facts("list")
    assert (facts["entries"], len(facts["head"])) == (1, 64)
    (event,) = facts["events"]
    assert (event["name"], event["status"]) == ("agi", "declared")
    assert event["declarations"][0]["evidence"] == "minute 14"
    assert [waits["clause"] for waits in event["waiting"]] == ["deal/agi", "deal/api"]


def test_what_the_configuration_records_is_listed(terminal: Terminal) -> None:
    event = '[[events]]\nname = "agi"\noccurred_at = 2026-03-01\nrecorded_at = 2026-03-02\n'
    terminal.config.write_text(CONFIGURATION + event)
    _, out, _ = terminal.events("list")
    assert "in the configuration: on 2026-03-01, recorded on 2026-03-02" in out
    assert "from 2026-03-01: `deal/api` ends" in out


def test_nothing_that_waits(terminal: Terminal) -> None:
    terminal.config.write_text(CONFIGURATION.replace('path = "agreements"', ""))
    _, out, _ = terminal.events("list")
    assert "no clause waits for an event, and none was declared" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("verify", "agi", "--by", "panel"), "nobody has declared `agi`; first `detente events"),
        (("declare", "agi", "--by", "us"), "`us` does not declare `agi`; `deal/agi` asks for"),
        (("declare", "agj", "--by", "openai"), "no clause waits for `agj`; did you mean `agi`?"),
        (("declare", "agi", "--by", "openai", "--at", "2999-01-01"), "`--at` is in the future"),
        (("declare", "agi", "--by", "openai", "--at", "soon"), "`--at` is no date: `soon`"),
        (("declare", "agi", "--by", "a\nb"), "characters that do not print"),
        (("declare", "agi"), "see `detente events declare --help`"),
        (("decline", "agi"), "unknown command `decline`; did you mean `declare`?"),
    ],
)
def test_what_is_refused_says_the_cure_and_records_nothing(
    terminal: Terminal, arguments: tuple[str, ...], said: str
) -> None:
    assert said in terminal.refused(*arguments)
    assert not (terminal.config.parent / "state").exists() or not _lines(terminal.config)


def test_a_name_that_no_clause_waits_for_can_be_recorded(terminal: Terminal) -> None:
    assert terminal.events("declare", "merger", "--by", "x", "--anyway")[0] == 0
    assert terminal.events("verify", "merger", "--by", "y", "--anyway")[0] == 0
    assert "merger  verified" in terminal.events("list")[1]


def test_another_file_may_be_named(terminal: Terminal) -> None:
    named = CONFIGURATION.replace("[agreements]", '[agreements]\nregister = "acts/2026.jsonl"')
    terminal.config.write_text(named)
    terminal.events("declare", "agi", "--by", "openai")
    assert (terminal.config.parent / "acts" / "2026.jsonl").exists()
    assert not (terminal.config.parent / "state").exists()


def test_a_broken_chain_is_told_with_its_line(terminal: Terminal) -> None:
    terminal.events("declare", "agi", "--by", "openai")
    terminal.events("verify", "agi", "--by", "panel")
    register = terminal.config.parent / "state" / "register.jsonl"
    register.write_bytes(register.read_bytes().replace(b'"openai"', b'"opanei"'))
    for arguments in (("list",), ("declare", "agi", "--by", "openai")):
        said = terminal.refused(*arguments)
        assert "register.jsonl:2: does not follow from the line before" in said


def test_a_line_that_a_crash_cut_off_is_mended_when_told(terminal: Terminal) -> None:
    terminal.events("declare", "agi", "--by", "openai")
    register = terminal.config.parent / "state" / "register.jsonl"
    register.write_bytes(register.read_bytes() + b'{"action":"event_ver')
    for arguments in (("list",), ("verify", "agi", "--by", "panel")):
        assert "repeat that command with `--mend`" in terminal.refused(*arguments)
    status, out, _ = terminal.events("verify", "agi", "--by", "panel", "--mend")
    assert status == 0
    assert "what a crash had cut off is in " in out
    assert _lines(terminal.config) == 2


def test_a_running_gateway_takes_it_at_once(terminal: Terminal, gateway: GatewayProcess) -> None:
    assert "lab/exclusive" not in models(gateway)
    _, out, _ = terminal.events("declare", "agi", "--by", "openai")
    assert "in force now: the running gateway has read it" in out
    assert "lab/exclusive" not in models(gateway)
    facts = terminal.facts("verify", "agi", "--by", "panel")
    assert (facts["running"], facts["in_force"], facts["errors"]) == (True, True, [])
    assert "lab/exclusive" in models(gateway)


def test_a_gateway_that_cannot_take_it_is_told(terminal: Terminal, gateway: GatewayProcess) -> None:
    # The command itself reads this; only the running gateway cannot change its workers.
    terminal.config.write_text(CONFIGURATION.replace("workers = 1", "workers = 2"))
    status, out, _ = terminal.events("declare", "agi", "--by", "openai")
    assert status == 1
    assert "the running gateway keeps what was in force; mend this and reload:" in out
    assert "`server.workers` cannot change while the gateway runs" in out
    assert _lines(terminal.config) == 1
    assert gateway.running()


def test_another_configurations_gateway_is_not_asked(
    terminal: Terminal, gateway: GatewayProcess, tmp_path: Path
) -> None:
    terminal.config = written(tmp_path / "other")
    assert (
        "no gateway of this configuration is running"
        in terminal.events("declare", "agi", "--by", "openai")[1]
    )
    assert "configuration reloaded" not in gateway.errors()


def _lines(config: Path) -> int:
    register = config.parent / "state" / "register.jsonl"
    return register.read_bytes().count(b"\n") if register.exists() else 0
