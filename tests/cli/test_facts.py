"""Facts on a command line: read exactly, or refused in one sentence."""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.agreements import AgreementSet, load
from detente.canonical.failure import ClientFault
from detente.canonical.model import Deployment
from detente.canonical.question import Event, HolderRefusal, Offer, Question
from detente.cli.facts import (
    SIGNALS,
    command_of,
    event_of,
    labels_from,
    moment_of,
    offers_from,
    one_of,
    read_input,
    refusal_of,
    span_of,
)

PLACES = [
    Deployment(id=id, model="m", provider="p", kind="openai", upstream_id="u", host="h")
    for id in ("azure/gpt-4", "odd/a=b")
]
JUNE = datetime(2026, 6, 5, tzinfo=UTC)
FIRST = 'type = "first_refusal"\nholder = "host:north"\nsubject = "capacity"\n'


def refusals(*clauses: str) -> AgreementSet:
    """An agreement with a first refusal of capacity for each further text."""
    text = 'id = "a"\nfrom = 2025-01-01\nrecorded_at = 2025-01-01\n' + "".join(
        f'[[clause]]\nid = "c{number}"\n{FIRST}{more}\n' for number, more in enumerate(clauses)
    )
    return load((("a.toml", text.encode()),))


WINDOW = 'respond_within = "10d"\ndefault = "refused"'


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-06-05", JUNE),
        ("2026-06-05T00:00:00+00:00", JUNE),
        ("2026-06-05T02:00+02:00", JUNE),
        ("2026-06-05T14:30", datetime(2026, 6, 5, 14, 30, tzinfo=UTC)),
    ],
)
def test_a_moment_is_utc_unless_it_says_otherwise(text: str, moment: datetime) -> None:
    assert moment_of(text, "--at") == moment


@given(st.text(max_size=40))
def test_any_text_is_a_moment_or_a_sentence(text: str) -> None:
    with suppress(ClientFault):
        assert moment_of(text, "--at").tzinfo is not None


def test_no_date_is_one_sentence() -> None:
    with pytest.raises(ClientFault, match=r"^`--at` is no date: `soon`; write `2026-06-05`$"):
        moment_of("soon", "--at")


def test_labels_are_pairs() -> None:
    assert labels_from(("a=1", "b=x=y", "a=1")) == {"a": "1", "b": "x=y"}


@pytest.mark.parametrize("texts", [("a",), ("=1",), ("a=",), ("a=1", "a=2")])
def test_labels_that_are_none_are_refused(texts: tuple[str, ...]) -> None:
    with pytest.raises(ClientFault, match="label"):
        labels_from(texts)


def test_an_event_is_known_when_it_happens() -> None:
    assert event_of("agi=2026-06-05") == Event(name="agi", occurred_at=JUNE, recorded_at=JUNE)


@pytest.mark.parametrize("text", ["agi", "=2026-06-05", "agi=soon"])
def test_an_event_needs_a_name_and_a_date(text: str) -> None:
    with pytest.raises(ClientFault, match="`--event` is no"):
        event_of(text)


@pytest.mark.parametrize(
    ("text", "deployment", "signal"),
    [
        ("azure/gpt-4", "azure/gpt-4", "429"),
        ("azure/gpt-4=timeout", "azure/gpt-4", "timeout"),
        ("odd/a=b", "odd/a=b", "429"),
        ("odd/a=b=503", "odd/a=b", "503"),
    ],
)
def test_a_refusal_names_a_deployment_and_a_signal(text: str, deployment: str, signal: str) -> None:
    found = refusal_of(text, PLACES)
    assert (found.deployment, found.signal) == (deployment, signal)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("azure/gpt-5", "unknown deployment `azure/gpt-5`; did you mean `azure/gpt-4`?"),
        ("azure/gpt-5=429", "did you mean `azure/gpt-4`?"),
        ("azure/gpt-4=timeot", "unknown signal `timeot`; did you mean `timeout`?"),
    ],
)
def test_a_refusal_that_is_none_is_refused(text: str, words: str) -> None:
    with pytest.raises(ClientFault, match=re.escape(words)):
        refusal_of(text, PLACES)


def test_every_signal_can_be_given() -> None:
    assert {refusal_of(f"azure/gpt-4={s}", PLACES).signal for s in SIGNALS} == set(SIGNALS)


def test_a_name_among_none_says_so() -> None:
    with pytest.raises(ClientFault, match="the configuration has no provider"):
        one_of("azure", [], "provider")


def test_the_command_asks_the_question_again() -> None:
    question = Question(
        model="lab/one",
        at=JUNE,
        known_at=JUNE,
        interface="embedding",
        project="shop",
        labels=(("data", "a b"),),
        providers=("azure",),
        region="eu",
        events=(Event(name="agi", occurred_at=JUNE.replace(hour=9), recorded_at=JUNE),),
        refusals=(HolderRefusal(deployment="azure/gpt-4", signal="503"),),
    )
    assert command_of(question, Path("a b.toml")) == (
        "detente route lab/one --at 2026-06-05 --interface embedding --provider azure --region eu "
        "--project shop --label 'data=a b' --event agi=2026-06-05T09:00:00 "
        "--refused azure/gpt-4=503 --config 'a b.toml'"
    )


def made(clause: str, opened_at: datetime) -> Offer:
    return Offer(name="site", clause=clause, opened_at=opened_at, recorded_at=opened_at)


def test_an_offer_is_supposed_under_every_first_refusal_of_capacity() -> None:
    agreements = refusals(WINDOW, "")
    assert offers_from(("site=open",), agreements, JUNE) == (made("a/c0", JUNE), made("a/c1", JUNE))
    for offer in offers_from(("site=refused@2026-01-02",), agreements, JUNE):
        since = datetime(2026, 1, 2, tzinfo=UTC)
        assert (offer.answer, offer.opened_at) == ("refused", since)
        assert (offer.answered_at, offer.answer_recorded_at) == (since, since)
    accepted = offers_from(("a=b=accepted",), agreements, JUNE)
    assert {(offer.name, offer.answer) for offer in accepted} == {("a=b", "accepted")}
    assert offers_from((), agreements, JUNE) == ()


def test_an_offer_that_lapsed_was_made_a_window_before() -> None:
    agreements = refusals(WINDOW, "")
    assert offers_from(("site=lapsed",), agreements, JUNE) == (
        made("a/c0", JUNE - timedelta(days=10)),
    )
    first = datetime.min.replace(tzinfo=UTC)
    assert offers_from(("site=lapsed@0001-01-02",), agreements, JUNE) == (made("a/c0", first),)


@pytest.mark.parametrize(
    ("text", "clauses", "said"),
    [
        ("site", (WINDOW,), "`--offer` is no offer: `site`; write `name=refused`"),
        ("=open", (WINDOW,), "`--offer` is no offer"),
        ("site=lapst", (WINDOW,), "`lapst` is no state of an offer; did you mean `lapsed`?"),
        ("site=open@soon", (WINDOW,), "`--offer` is no date: `soon`"),
        ("site=open", (), "no clause is a first refusal of capacity; leave `--offer` out"),
        ("site=lapsed", ("",), "of capacity with a window after which it lapses; leave"),
    ],
)
def test_what_is_no_offer(text: str, clauses: tuple[str, ...], said: str) -> None:
    with pytest.raises(ClientFault, match=re.escape(said)):
        offers_from((text,), refusals(*clauses), JUNE)


def test_a_command_supposes_the_same_offers() -> None:
    agreements = refusals(WINDOW, WINDOW)
    texts = ("site=refused@2026-01-02", "other=open@2026-06-05")
    offers = offers_from(texts, agreements, JUNE)
    written = command_of(Question(model="m", at=JUNE, known_at=JUNE, offers=offers), Path("c"))
    assert written == (
        "detente route m --at 2026-06-05 --offer site=refused@2026-01-02 "
        "--offer other=open@2026-06-05 --config c"
    )


@pytest.mark.parametrize("text", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00"])
def test_a_moment_outside_the_calendar_is_none(text: str) -> None:
    with pytest.raises(ClientFault, match="`--at` is no date"):
        moment_of(text, "--at")


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ClientFault, match=r"cannot read `.*nowhere`: no such file"):
        read_input(tmp_path / "nowhere")


def test_a_span_ends_after_it_begins() -> None:
    start, end = span_of("2026-06-01", "2026-07-01")
    assert start is not None
    assert end is not None
    assert (start.month, end.month) == (6, 7)
    assert span_of(None, None) == (None, None)
    for until in ("2026-06-01", "2026-05-31"):
        with pytest.raises(ClientFault, match="is not after `--since`"):
            span_of("2026-06-01", until)
