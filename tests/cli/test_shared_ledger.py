"""The commands that read a ledger print the same from a shared database as from a file."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from detente.ledger.store.database import Ledger
from detente.ledger.store.ingest import Ingest
from detente.ledger.store.interface import LedgerStore
from detente.stores.postgres.ledger import PostgresLedger
from detente.stores.postgres.place import PostgresPlace
from tests.cli.command import ended
from tests.ledger.records import START_US, decision_record, intent, journal, settlement
from tests.postgres import Server

COMMANDS = (
    "ledger tail --json",
    "ledger tail -n 3",
    "ledger show r1 --json",
    "ledger show d1 --json",
    "ledger sum --by project --by day --json",
    "ledger sum --by provider --by month --by label:team --json",
    "ledger sum --by clause --since 2026-05-01 --json",
    "report concentration --json",
    "whatif --without provider:openai --json",
    "drill --without provider:openai --json --by auditor",
)
AT = re.compile(r'"at":"[^"]*"')
"""When a drill was made."""
MODELS = """
[providers.openai]
kind = "openai"
api_key = { env = "NO_KEY_IS_NEEDED" }
[models."openai/gpt-4"]
deployments = [{ provider = "openai", id = "gpt-4" }]
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server.started() as server:
        yield server


def taken(ledger: LedgerStore, folder: Path) -> None:
    writer = journal(folder)
    writer.append(decision_record())
    for number in range(200):
        labels = (("team", "a"),) if number % 2 else ()
        writer.append(
            intent(
                f"r{number}",
                project=("shop", "ops")[number % 2],
                labels=labels,
                started_us=START_US + number * 3_600_000_000,
            )
        )
        writer.append(settlement(f"r{number}"))
    writer.close()
    ingest = Ingest(ledger, folder)
    assert ingest.step().entries == 200
    ingest.close()
    ledger.close()


@pytest.fixture(scope="module")
def folders(server: Server, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two configurations: with a file, and with a database."""
    alone, shared = tmp_path_factory.mktemp("alone"), tmp_path_factory.mktemp("shared")
    url = server.database()
    (alone / "detente.toml").write_text(f'[server]\nstate = "s"\n{MODELS}')
    (shared / "detente.toml").write_text(
        f'[server]\nstate = "s"\n[store]\nurl = "{url}"\ntimeout_ms = 10000\n{MODELS}'
    )
    taken(Ledger.open(alone / "s" / "ledger.sqlite3", now_us=0), alone / "s" / "journal")
    place = PostgresPlace(url=url, timeout_ms=10_000)
    taken(PostgresLedger.open(place, machine="m", instance="i"), shared / "s" / "journal")
    return alone, shared


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_prints_the_same(
    command: str,
    folders: tuple[Path, Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "220")
    printed: list[tuple[int, list[str]]] = []
    for folder in folders:
        status = ended([*command.split(), "--config", str(folder)])
        written = capsys.readouterr()
        text = AT.sub("", written.out.replace(str(folder), ""))
        lines = [line for line in text.splitlines() if line]
        printed.append((status, lines))
    assert printed[0][0] in (0, 1)
    assert printed[0][1]
    assert printed[0] == printed[1]
