"""Every request has exactly one entry, wherever a worker or the ledger's writer is killed."""

import os
import random
import signal
import sqlite3
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.canonical.entry import LedgerEntry
from detente.canonical.guardrail import Screened
from detente.canonical.journal import Settlement
from detente.ledger.store.database import Ledger, connect
from detente.ledger.store.ingest import Ingest
from detente.ledger.store.reading import LedgerReader
from detente.ledger.store.segment import segments_of
from tests.ledger.records import (
    START_US,
    decision_record,
    ingested,
    intent,
    journal,
)
from tests.ledger.records import settlement as settlement_of

ALL = 1_000_000
ACCOUNT = "project:shop/usd/month@2026-06"
SPENT = 999_999_999_999
"""A picodollar short of a dollar."""


def settlement(id_: str) -> Settlement:
    return msgspec.structs.replace(settlement_of(id_), spends=((ACCOUNT, SPENT),))


def worker_id(counter: int) -> str:
    return f"req_0123456789abcdef{counter:08x}"


def entries_of(state: Path) -> list[LedgerEntry]:
    reader = LedgerReader.open(state / "ledger.sqlite3")
    try:
        return reader.tail(ALL)
    finally:
        reader.close()


def outcomes_of(state: Path) -> dict[str, str]:
    """Outcome by id; fails where a request has two entries, in blocks or in rows."""
    entries = entries_of(state)
    outcomes = {entry.id: entry.outcome for entry in entries}
    assert len(entries) == len(outcomes)
    connection = sqlite3.connect(state / "ledger.sqlite3")
    rows = [id_ for (id_,) in connection.execute("SELECT id FROM requests")]
    spends = connection.execute(
        "SELECT sum(spent_usd), sum(spent_pico_usd), max(spent_pico_usd) FROM spends"
    )
    whole, rest, largest = spends.fetchone()
    connection.close()
    settled = sum(outcome == "answered" for outcome in outcomes.values())
    assert (whole or 0) * 10**12 + (rest or 0) == settled * SPENT
    assert (largest or 0) < 10**12
    assert sorted(rows) == sorted(outcomes)
    return outcomes


def started(state: Path) -> Ingest:
    return Ingest(Ledger.open(state / "ledger.sqlite3", now_us=START_US), state / "journal")


def stopped(ingest: Ingest) -> None:
    ingest.close()
    ingest._ledger.close()  # pyright: ignore[reportPrivateUsage] as a dying process would


def test_settled_requests_are_in_the_ledger_and_their_segments_gone(tmp_path: Path) -> None:
    writer = journal(tmp_path / "journal")
    writer.append(decision_record())
    for n in range(1_000):
        writer.append(intent(f"r{n}"))
        writer.append(settlement(f"r{n}"))
    writer.close()
    assert ingested(tmp_path) == 1_000
    assert list(segments_of(tmp_path / "journal")) == []
    assert ingested(tmp_path) == 0
    entry = entries_of(tmp_path)[-1]
    assert (entry.id, entry.clauses, entry.worker) == ("r999", ("a/first", "a/second"), "w0")


def test_an_open_request_waits_over_restarts_of_the_writer(tmp_path: Path) -> None:
    worker = journal(tmp_path / "journal")
    worker.append(intent("slow"))
    for n in range(500):  # so many that its segment is rotated away
        worker.append(intent(f"r{n}"))
        worker.append(settlement(f"r{n}"))
    assert ingested(tmp_path) == 500
    assert len(segments_of(tmp_path / "journal")) == 2
    worker.append(settlement("slow"))
    assert ingested(tmp_path) == 1
    assert set(outcomes_of(tmp_path).values()) == {"answered"}
    worker.close()


def test_what_a_closed_worker_left_open_is_interrupted(tmp_path: Path) -> None:
    worker = journal(tmp_path / "journal")
    worker.append(intent("r"))
    assert ingested(tmp_path) == 0
    worker.close()
    assert ingested(tmp_path) == 1
    (entry,) = entries_of(tmp_path)
    assert entry.outcome == "interrupted"
    assert entry.usage is not None
    assert (entry.usage.input_tokens, entry.usage.estimated) == (256, True)


def test_what_is_open_of_a_journal_that_was_deleted_is_interrupted(tmp_path: Path) -> None:
    worker = journal(tmp_path / "journal")
    worker.append(intent("r"))
    assert ingested(tmp_path) == 0
    for path in segments_of(tmp_path / "journal").values():
        path.unlink()
    assert ingested(tmp_path) == 1
    assert outcomes_of(tmp_path) == {"r": "interrupted"}
    worker.close()


def test_workers_of_one_folder_do_not_settle_for_each_other(tmp_path: Path) -> None:
    first, second = (journal(tmp_path / "journal", worker) for worker in ("w0", "w1"))
    first.append(intent("r"))
    second.append(settlement("r"))
    ingest = started(tmp_path)
    report = ingest.step()
    assert (report.orphans, report.open, report.entries) == (1, 1, 0)
    first.append(settlement("r"))
    assert ingest.step().entries == 1
    first.close()
    second.close()
    stopped(ingest)


def test_a_step_is_bounded_and_says_that_there_is_more(tmp_path: Path) -> None:
    worker = journal(tmp_path / "journal")
    for n in range(10):
        worker.append(intent(f"r{n}"))
        worker.append(settlement(f"r{n}"))
    worker.close()
    ledger = Ledger.open(tmp_path / "ledger.sqlite3", now_us=START_US)
    ingest = Ingest(ledger, tmp_path / "journal", records_max=7)
    reports = [ingest.step() for _ in range(4)]
    assert [report.records for report in reports] == [7, 7, 6, 0]
    assert [report.more for report in reports] == [True, True, False, False]
    assert set(outcomes_of(tmp_path).values()) == {"answered"}
    stopped(ingest)


def test_a_file_that_is_no_segment_is_named_and_stops_nothing(tmp_path: Path) -> None:
    worker = journal(tmp_path / "journal")
    (tmp_path / "journal" / "w9-1p1-00000000.journal").write_bytes(bytes(4096))
    worker.append(intent("r"))
    worker.append(settlement("r"))
    ingest = started(tmp_path)
    report = ingest.step()
    assert (report.entries, len(report.unreadable)) == (1, 1)
    assert "move it out" in report.unreadable[0]
    assert ingest.step().unreadable == ()
    stopped(ingest)
    worker.close()


def test_without_a_journal_folder_there_is_nothing_to_do(tmp_path: Path) -> None:
    ingest = started(tmp_path)
    assert ingest.step().records == 0
    stopped(ingest)


class Killed(BaseException):
    """The process dies here."""


class Dying(sqlite3.Connection):
    """A connection whose process dies before its `left`-th statement."""

    left = 0

    def count(self, sql: str) -> None:
        if not sql.startswith(("SELECT", "PRAGMA", "CREATE")):
            Dying.left -= 1
            if Dying.left == 0:
                raise Killed

    def execute(self, sql: str, values: object = (), /) -> sqlite3.Cursor:
        self.count(sql)
        return super().execute(sql, values)  # pyright: ignore[reportArgumentType] as given

    def executemany(self, sql: str, rows: object, /) -> sqlite3.Cursor:
        self.count(sql)
        return super().executemany(sql, rows)  # pyright: ignore[reportArgumentType] as given


def dying(path: Path) -> sqlite3.Connection:
    whole = connect(path)
    whole.close()
    return sqlite3.connect(path, isolation_level=None, factory=Dying)


def life(state: Path, dies_before: int) -> bool:
    """One life of the ledger's writer; whether it came through its step."""
    Ledger.open(state / "ledger.sqlite3", now_us=START_US).close()
    ledger = Ledger.open(state / "ledger.sqlite3", now_us=START_US, connect=dying)
    ingest = Ingest(ledger, state / "journal")
    Dying.left = dies_before
    try:
        ingest.step()
    except Killed:
        return False
    finally:
        Dying.left = 0
        stopped(ingest)
    return True


def test_a_kill_between_any_two_statements_neither_loses_nor_doubles(tmp_path: Path) -> None:
    worker = journal(tmp_path / "journal")
    worker.append(intent("slow"))
    assert life(tmp_path, 0)
    worker.append(decision_record())
    for n in range(100):
        worker.append(intent(f"r{n}"))
        if n % 3:
            worker.append(settlement(f"r{n}"))
    worker.append(settlement("slow"))
    lives = 1
    while not life(tmp_path, lives):
        lives += 1
    assert lives > 8
    worker.close()
    ingested(tmp_path)
    outcomes = outcomes_of(tmp_path)
    assert outcomes["slow"] == "answered"
    assert len(outcomes) == 101
    assert sum(outcome == "interrupted" for outcome in outcomes.values()) == 34


def test_a_kill_before_a_segment_is_deleted_does_not_ingest_it_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = journal(tmp_path / "journal")
    for n in range(10):
        worker.append(intent(f"r{n}"))
        worker.append(settlement(f"r{n}"))
    worker.close()

    def killed(_path: Path, *, missing_ok: bool) -> None:
        assert missing_ok
        raise Killed

    ingest = started(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", killed)
        with pytest.raises(Killed):
            ingest.step()
    stopped(ingest)
    assert ingested(tmp_path) == 0
    assert len(outcomes_of(tmp_path)) == 10
    assert list(segments_of(tmp_path / "journal")) == []


@pytest.mark.parametrize("seed", range(10))
def test_kills_of_worker_and_writer_at_any_moment(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:  # a worker that settles what it asked three requests ago
        try:
            os.close(reader)
            child = journal(tmp_path / "journal")
            for n in range(3_000):
                child.append(intent(worker_id(n)))
                if n >= 3:
                    child.append(settlement(worker_id(n - 3)))
                os.write(writer, b".")
        finally:
            os._exit(1)
    os.close(writer)
    acknowledged = len(os.read(reader, 1))
    for _ in range(3):  # the ledger's writer, killed again and again
        killed_after = rng.randint(1, 400)
        ingesting = os.fork()
        if ingesting == 0:
            try:
                ingest = started(tmp_path)
                while True:
                    ingest.step()
            finally:
                os._exit(1)
        wanted = acknowledged + killed_after
        while acknowledged < wanted and (got := len(os.read(reader, 32))):
            acknowledged += got
        os.kill(ingesting, signal.SIGKILL)
        os.waitpid(ingesting, 0)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    while got := len(os.read(reader, 4096)):
        acknowledged += got
    os.close(reader)
    ingested(tmp_path)
    outcomes = outcomes_of(tmp_path)
    assert acknowledged <= len(outcomes) <= acknowledged + 1
    settled = [worker_id(n) for n in range(acknowledged - 3)]
    assert all(outcomes[id_] == "answered" for id_ in settled)
    assert sum(outcome == "interrupted" for outcome in outcomes.values()) in (3, 4)


STEPS = st.lists(
    st.sampled_from(["ask", "settle", "ingest", "restart", "die", "rotate"]), max_size=40
)


@settings(max_examples=25, deadline=None)
@given(steps=STEPS, seed=st.integers(0, 1000))
def test_entries_are_settlements_and_interrupted(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str], seed: int
) -> None:
    state = tmp_path_factory.mktemp("state")
    rng = random.Random(seed)
    clock = iter(range(START_US, START_US + 1_000))
    worker = journal(state / "journal", now_us=lambda: next(clock))
    ingest = started(state)
    asked: list[str] = []
    answered: set[str] = set()
    waiting: list[str] = []
    for step in steps:
        match step:
            case "ask":
                asked.append(f"r{len(asked)}")
                waiting.append(asked[-1])
                worker.append(intent(asked[-1]))
            case "settle" if waiting:
                id_ = waiting.pop(rng.randrange(len(waiting)))
                answered.add(id_)
                worker.append(settlement(id_))
            case "rotate":
                for _ in range(150):
                    worker.append(decision_record())
            case "ingest":
                ingest.step()
            case "restart":
                stopped(ingest)
                ingest = started(state)
            case "die":
                worker.close()
                waiting.clear()
                worker = journal(state / "journal", now_us=lambda: next(clock))
            case _:
                pass
    worker.close()
    stopped(ingest)
    ingested(state)
    expected = {id_: "answered" if id_ in answered else "interrupted" for id_ in asked}
    assert outcomes_of(state) == expected


def test_who_ended_is_told_once_nothing_of_theirs_is_left(tmp_path: Path) -> None:
    ingest = started(tmp_path)
    worker = journal(tmp_path / "journal")
    worker.append(intent("a"))
    owner = next(iter(segments_of(tmp_path / "journal"))).owner
    report = ingest.step()
    assert (report.ended, report.spent) == ((), ())
    worker.append(settlement("a"))
    report = ingest.step()
    assert (report.ended, report.spent) == ((), (ACCOUNT,))
    worker.close()
    assert ingest.step().ended == (owner,)
    assert ingest.step().ended == ()
    stopped(ingest)
    connection = sqlite3.connect(tmp_path / "ledger.sqlite3")
    assert connection.execute("SELECT holder FROM ended").fetchall() == [(owner,)]
    connection.close()


def test_what_guardrails_found_is_told_once(tmp_path: Path) -> None:
    email = Screened(
        policy="p", stage="input", detector="email", category="email", treatment="mask", count=2
    )
    found = msgspec.structs.replace(settlement("r0"), screened=(email,))
    writer = journal(tmp_path / "journal")
    for record in (intent("r0"), found, intent("r1"), settlement("r1")):
        writer.append(record)
    ingest = started(tmp_path)
    assert ingest.step().findings == {("p", "email", "mask", "input"): 2}
    assert ingest.step().findings == {}
    writer.close()
    stopped(ingest)
