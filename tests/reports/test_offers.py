"""Offers of capacity: who may make and answer them, until when, and how each stands."""

from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from detente.agreements import AgreementSet, load
from detente.canonical.failure import ClientFault
from detente.canonical.model import Deployment
from detente.canonical.register import RegisterEntry
from detente.reports.acts import act_of
from detente.reports.offers import (
    OfferState,
    answering,
    opening,
    refusals_of_capacity,
    states_of_offers,
    window_of,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
HEAD = (
    'id = "a"\nparties = ["lab", "north", "broker"]\nfrom = 2025-01-01\nrecorded_at = 2025-01-01\n'
)
FIRST = '[[clause]]\nid = "first"\ntype = "first_refusal"\nholder = "host:north"\n'
WINDOW = FIRST + 'subject = "capacity"\nrespond_within = "10d"\ndefault = "refused"\n'
TERMS = (
    HEAD
    + WINDOW
    + FIRST.replace('"first"', '"endless"')
    + 'subject = "capacity"\n'
    + FIRST.replace('"first"', '"blocked"')
    + 'subject = "capacity"\nrespond_within = "10d"\ndefault = "blocked"\n'
    + FIRST.replace('"first"', '"each"')
    + 'signals = ["429"]\n'
    + '[[clause]]\nid = "no"\ntype = "forbid"\nscope = { tier = "x" }\nreason = "x"\n'
)


def terms(text: str = TERMS) -> AgreementSet:
    return load((("a.toml", text.encode()),))


ALL = terms()


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def place(name: str, offer: str | None) -> Deployment:
    return Deployment(
        id=f"{name}/m", model="l/m", provider=name, kind="openai", upstream_id="m", host=name,
        offer=offer,
    )  # fmt: skip


PLACES = (place("south", "site"), place("west", "site"), place("east", "other"), place("up", None))


def offer(
    entries: list[RegisterEntry], number: float, clause: str = "a/first", name: str = "site"
) -> RegisterEntry | None:
    entry = opening(name, clause, act_of("lab", now=day(number)), entries, ALL)
    entries += [entry] if entry is not None else []
    return entry


def answer(
    entries: list[RegisterEntry],
    number: float,
    said: Literal["accepted", "refused"] = "refused",
    by: str = "north",
    at: float | None = None,
) -> RegisterEntry | None:
    act = act_of(by, now=day(number), at=None if at is None else day(at))
    entry = answering("site", said, act, entries, ALL)
    entries += [entry] if entry is not None else []
    return entry


def state(entries: list[RegisterEntry], now: float, name: str = "site") -> OfferState:
    (found,) = [s for s in states_of_offers(entries, ALL, PLACES, day(now)) if s.name == name]
    return found


def test_clauses_and_their_windows() -> None:
    found = {clause.id: window_of(clause) for clause in refusals_of_capacity(ALL)}
    assert found == {"a/first": timedelta(days=10), "a/endless": None, "a/blocked": None}


def test_an_offer_is_open_until_its_window_has_passed() -> None:
    entries: list[RegisterEntry] = []
    assert state(entries, 0).status == "not_opened"
    entry = offer(entries, 1)
    assert entry is not None
    assert (entry.action, entry.clause, entry.at) == ("offer_opened", "a/first", day(1))
    found = state(entries, 1)
    assert (found.status, found.lapses_at, found.holder) == ("open", day(11), ("host:north",))
    assert found.deployments == ("south/m", "west/m")
    assert state(entries, 10.999).status == "open"
    assert state(entries, 11).status == "lapsed"
    assert state(entries, 2, "other").status == "not_opened"


@pytest.mark.parametrize("clause", ["a/endless", "a/blocked"])
def test_without_a_window_it_is_open_until_it_is_answered(clause: str) -> None:
    entries: list[RegisterEntry] = []
    offer(entries, 1, clause)
    found = state(entries, 30_000)
    assert (found.status, found.lapses_at) == ("open", None)
    assert answer(entries, 30_000) is not None


@pytest.mark.parametrize("said", ["accepted", "refused"])
def test_an_answer_within_the_window(said: Literal["accepted", "refused"]) -> None:
    entries: list[RegisterEntry] = []
    offer(entries, 1)
    entry = answer(entries, 9, said, at=4)
    assert entry is not None
    assert (entry.at, entry.recorded_at, entry.answer) == (day(4), day(9), said)
    found = state(entries, 99)
    assert (found.status, found.answered) == (said, entry)


def test_an_answer_that_became_known_after_the_window_counts_from_its_date() -> None:
    entries: list[RegisterEntry] = []
    offer(entries, 1)
    assert answer(entries, 30, "accepted", at=10.9) is not None
    assert state(entries, 30).status == "accepted"


def test_an_answer_after_the_window_names_the_date() -> None:
    entries: list[RegisterEntry] = []
    offer(entries, 1)
    with pytest.raises(ClientFault, match="`site` lapsed on 2026-01-12, 10d after it was made"):
        answer(entries, 11)
    with pytest.raises(ClientFault, match="was offered on 2026-01-02; give a later `--at`"):
        answer(entries, 5, at=0.5)


def test_what_is_on_record_is_not_recorded_again() -> None:
    entries: list[RegisterEntry] = []
    offer(entries, 1)
    assert offer(entries, 2) is None
    answer(entries, 3)
    assert answer(entries, 4) is None
    assert answer(entries, 400) is None  # it was answered: nothing lapses
    with pytest.raises(ClientFault, match="`north` refused `site` on 2026-01-04; what has"):
        answer(entries, 4, "accepted")
    with pytest.raises(ClientFault, match="entries are never changed"):
        answer(entries, 9, at=8)


def test_who_offers_is_a_party_to_the_agreement() -> None:
    with pytest.raises(ClientFault, match="`lba` is no party to `a` who could offer; did you mean"):
        opening("site", "a/first", act_of("lba", now=day(1)), [], ALL)
    assert opening("site", "a/first", act_of("lab", now=day(1)), [], ALL) is not None


def test_a_name_stands_for_one_offer() -> None:
    entries: list[RegisterEntry] = []
    offer(entries, 1)
    with pytest.raises(ClientFault, match="under `a/first` on 2026-01-02; choose another name"):
        offer(entries, 2, "a/endless")
    with pytest.raises(ClientFault, match="choose another name"):
        opening("site", "a/first", act_of("broker", now=day(2)), entries, ALL)
    with pytest.raises(ClientFault, match="not on 2026-01-01; entries are never changed"):
        opening("site", "a/first", act_of("lab", now=day(2), at=day(0)), entries, ALL)


@pytest.mark.parametrize(
    ("clause", "said"),
    [
        ("a/frist", "unknown clause `a/frist`; did you mean `a/first`?"),
        ("a/no", "`a/no` is of type `forbid`, so nothing is offered under it; known are"),
        ("a/each", "`a/each` asks for each request, so nothing is offered under it"),
    ],
)
def test_the_clause_is_a_first_refusal_of_capacity(clause: str, said: str) -> None:
    with pytest.raises(ClientFault) as raised:
        offer([], 1, clause)
    assert str(raised.value).startswith(said)


def test_without_any_such_clause_the_cure_is_named() -> None:
    with pytest.raises(ClientFault, match='has `subject = "capacity"`'):
        opening("site", "a/x", act_of("lab", now=day(1)), [], terms(HEAD))


@pytest.mark.parametrize("by", ["north", "host:north"])
def test_nobody_offers_to_himself(by: str) -> None:
    with pytest.raises(ClientFault, match="is whom `a/first` has offered to"):
        opening("site", "a/first", act_of(by, now=day(1)), [], ALL)


@pytest.mark.parametrize("by", ["north", "host:north", "broker"])
def test_the_holder_answers_or_another_party_for_it(by: str) -> None:
    entries: list[RegisterEntry] = []
    offer(entries, 1)
    assert answer(entries, 2, by=by) is not None


@pytest.mark.parametrize("by", ["lab", "south", "host:south"])
def test_nobody_else_answers(by: str) -> None:
    entries: list[RegisterEntry] = []
    offer(entries, 1)
    with pytest.raises(ClientFault, match="`host:north` does, or for it `broker`"):
        answer(entries, 2, by=by)


def test_an_offer_that_nobody_made_is_not_answered() -> None:
    with pytest.raises(ClientFault, match="first `detente offers open`"):
        answer([], 1)
    entries: list[RegisterEntry] = []
    offer(entries, 1, name="cite")
    with pytest.raises(ClientFault, match="did you mean `cite`"):
        answer(entries, 2)


def test_a_clause_that_is_gone_still_shows_what_was_offered() -> None:
    entries: list[RegisterEntry] = []
    offer(entries, 1)
    (found,) = states_of_offers(entries, terms(HEAD), (), day(400))
    assert (found.status, found.clause, found.holder) == ("open", "a/first", ())
    with pytest.raises(ClientFault, match="unknown clause `a/first`"):
        answering("site", "refused", act_of("north", now=day(2)), entries, terms(HEAD))


def test_a_window_beyond_the_end_of_time() -> None:
    text = HEAD + WINDOW.replace("10d", "999999999d")
    entries: list[RegisterEntry] = []
    offer(entries, 1)
    (found,) = states_of_offers(entries, terms(text), (), day(9))
    assert (found.status, found.lapses_at) == ("open", datetime.max.replace(tzinfo=UTC))
