"""Which promises hold on a day, for certain or perhaps, by what was known then."""

from detente.canonical.question import Event
from detente.reports.covenants import Promise, standing
from tests.agreements.scenes import HEAD, day, loaded, loaded_files

COVENANT = 'id = "c"\ntype = "covenant"\nparty = "openai"\ntext = "plays fair"\n'
DATED = COVENANT + "from = 2026-01-01\nuntil = 2027-01-01\n"


def clauses(text: str, at: str, *, known_at: str = "2026-12-01") -> list[str]:
    found = standing(loaded(text), (), at=day(at), known_at=day(known_at))
    return [promise.clause for promise in found]


def test_a_promise_has_its_words_and_its_source() -> None:
    head = HEAD + 'source = "page 3"\n'
    agreements = loaded_files(f"{head}[[clause]]\n{DATED}quote = 'fair play'\n")
    (promise,) = standing(agreements, (), at=day("2026-02-01"), known_at=day("2026-02-01"))
    assert promise == Promise(
        clause="a/c",
        party="openai",
        text="plays fair",
        since="2026-01-01",
        until="2027-01-01",
        quote="fair play",
        source="page 3",
    )


def test_dates_are_half_open_and_knowledge_counts() -> None:
    assert clauses(DATED, "2025-12-31") == []
    assert clauses(DATED, "2026-01-01") == ["a/c"]
    assert clauses(DATED, "2027-01-01") == []
    assert clauses(DATED, "2026-01-01", known_at="2024-12-31") == []
    assert clauses(COVENANT, "1999-01-01") == ["a/c"]


def test_a_range_leaves_it_open() -> None:
    ranged = COVENANT + "from = { after = 2026-01-01, before = 2026-02-01 }\n"
    now = day("2026-12-01")
    (promise,) = standing(loaded(ranged), (), at=day("2026-01-15"), known_at=now)
    assert promise.doubtful == ("start of a/c",)
    (promise,) = standing(loaded(ranged), (), at=day("2026-02-01"), known_at=now)
    assert promise.doubtful == ()


def test_an_event_ends_it_once_it_is_known() -> None:
    agreements = loaded(COVENANT + "ends_on = 'agi'\n")
    event = Event(name="agi", occurred_at=day("2026-03-01"), recorded_at=day("2026-03-05"))

    def found(at: str, known_at: str) -> int:
        return len(standing(agreements, (event,), at=day(at), known_at=day(known_at)))

    assert found("2026-02-28", "2026-12-01") == 1
    assert found("2026-03-01", "2026-12-01") == 0
    assert found("2026-03-01", "2026-03-04") == 1
