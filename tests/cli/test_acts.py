"""Recording an act: appended first, then put in force, and told as it is."""

import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from detente.canonical.failure import ClientFault
from detente.canonical.register import NOTHING, RegisterEntry
from detente.cli.acts import (
    Entries,
    Recorded,
    act,
    record,
    register_of,
    said,
    tell,
    without_register,
)
from detente.cli.running import InForce
from detente.configuration.located import LocatedErrors
from detente.reports.events import declaration, verification
from detente.wiring import Setup
from tests.cli.contract import CONFIGURATION, at_address, written
from tests.gateway_process import GatewayProcess, running_gateway

AT = datetime(2026, 1, 2, tzinfo=UTC)
ENTRY = RegisterEntry(action="event_declared", name="agi", by="openai", at=AT, recorded_at=AT)
WRITERS = 8


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return written(tmp_path / "contract")


def done(config: Path, in_force: InForce, entry: RegisterEntry | None = ENTRY) -> Recorded:
    setup = without_register(config)
    return Recorded(setup=setup, entry=entry, line=1, mended=None, in_force=in_force)


def test_an_act_is_recorded_with_the_time_of_its_writing(config: Path) -> None:
    seen: list[tuple[Entries, datetime]] = []

    def propose(setup: Setup, entries: Entries, now: datetime) -> RegisterEntry:
        assert setup.agreements.clauses
        seen.append((entries, now))
        return ENTRY

    before = datetime.now(UTC)
    recorded = record(config, propose, mend=False)
    ((entries, now),) = seen
    assert entries == ()
    assert before <= now <= datetime.now(UTC)
    assert (recorded.entry, recorded.line) == (ENTRY, 1)
    assert recorded.in_force == InForce(running=False)
    register = register_of(recorded.setup)
    assert register.entries == (ENTRY,)
    assert register.head != NOTHING


def test_the_configuration_is_read_although_its_register_is_broken(config: Path) -> None:
    state = config.parent / "state"
    state.mkdir()
    (state / "register.jsonl").write_text("nonsense\n")
    setup = without_register(config)
    with pytest.raises(LocatedErrors, match="no entry of the register"):
        register_of(setup)


def test_options_make_an_act() -> None:
    now = AT + timedelta(days=9)
    assert act("lab", None, None, now).at == now
    assert act("lab", "2026-01-02", "minute 14", now).at == AT
    with pytest.raises(ClientFault, match="`--at` is no date"):
        act("lab", "yesterday", None, now)


def test_an_entry_in_words() -> None:
    assert said(ENTRY) == "declared by `openai` on 2026-01-02"
    late = RegisterEntry(
        action="offer_answered",
        name="site",
        by="north",
        at=AT,
        recorded_at=AT + timedelta(days=1),
        answer="refused",
        evidence="mail 3",
    )
    assert said(late) == (
        "refused by `north` on 2026-01-02, recorded on 2026-01-03, evidence: mail 3"
    )


@pytest.mark.parametrize(
    ("in_force", "status", "words"),
    [
        (InForce(running=False), None, "in force from its next start"),
        (InForce(running=True), None, "in force now: the running gateway has read it"),
        (InForce(running=True, errors=("x.toml:1: no",)), 1, "mend this and reload:\nx.toml:1: no"),
    ],
)
def test_what_came_of_it(
    config: Path,
    capsys: pytest.CaptureFixture[str],
    in_force: InForce,
    status: int | None,
    words: str,
) -> None:
    for as_json in (False, True):
        ended = None
        try:
            tell(done(config, in_force), ("a note",), as_json=as_json)
        except SystemExit as end:
            ended = end.code
        assert ended == status
        printed = capsys.readouterr().out
        if not as_json:
            assert words in printed
            assert "a note\n" in printed
            continue
        facts = json.loads(printed)
        assert facts["recorded"]
        assert (facts["running"], facts["in_force"]) == (in_force.running, in_force.now)
        assert (tuple(facts["errors"]), facts["notes"]) == (in_force.errors, ["a note"])


def many(folder: Path) -> Path:
    """A configuration in which each of several events opens one model."""
    models = "".join(
        f'[models."lab/m{n}"]\ndeployments = [{{ provider = "oci", id = "m{n}" }}]\n'
        for n in range(WRITERS)
    )
    clauses = "".join(
        f'[[clause]]\nid = "c{n}"\ntype = "exclusive"\nholder = "host:microsoft"\n'
        f'scope = {{ model = "lab/m{n}" }}\nends_on = "e{n}"\n'
        for n in range(WRITERS)
    )
    config = written(folder)
    config.write_text(CONFIGURATION + models)
    deal = folder / "agreements" / "deal.toml"
    deal.write_text(deal.read_text() + clauses)
    return config


def models(gateway: GatewayProcess) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=30)
    try:
        connection.request("GET", "/v1/models")
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def test_what_is_said_to_be_in_force_is_however_many_act_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = many(tmp_path / "many")
    with running_gateway(config.parent, config.read_text()) as gateway:
        at_address(gateway, monkeypatch)

        def one(number: int) -> tuple[bool, str]:
            name = f"e{number}"

            def declare(setup: Setup, entries: Entries, now: datetime) -> RegisterEntry | None:
                return declaration(name, act("x", None, None, now), entries, setup.agreements)

            def verify(setup: Setup, entries: Entries, now: datetime) -> RegisterEntry | None:
                return verification(name, act("y", None, None, now), entries, setup.agreements)

            record(config, declare, mend=False)
            recorded = record(config, verify, mend=False)
            return recorded.in_force.now, models(gateway)

        with ThreadPoolExecutor(WRITERS) as pool:
            found = list(pool.map(one, range(WRITERS)))
        for number, (now, shown) in enumerate(found):
            assert now
            assert f"lab/m{number}" in shown
        assert len(register_of(without_register(config)).entries) == 2 * WRITERS
