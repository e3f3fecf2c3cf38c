"""One ruling for a class and an epoch: epochs end at clauses, prices and cuts."""

from datetime import timedelta
from pathlib import Path

import msgspec

from detente.canonical.question import Question
from detente.ledger.entries import us_of
from detente.replay.fates import EVER_US, NEVER_US, Circumstances, Fates
from detente.replay.recorded import Failed, Recorded
from detente.replay.terms import terms_of
from tests.replay.test_recorded import AT, found, tried
from tests.replay.test_replaying import DAY, NEXT, configured

TURN = DAY + timedelta(hours=6)


def a_class(**changes: object) -> Recorded:
    """A request of `shop` for GPT-9 that the direct, cheaper deployment answered."""
    known = found(tried("a", "answered"), deployment="a")
    assert known is not None
    question = Question(model="openai/gpt-9", at=AT, known_at=AT, project="shop")
    known = msgspec.structs.replace(known, question=question, held_by="openai/gpt-9")
    return msgspec.structs.replace(known, **changes)


def test_a_ruling_holds_until_a_clause_begins(tmp_path: Path) -> None:
    now = terms_of(configured(tmp_path / "now"))
    fates = Fates(now, terms_of(configured(tmp_path / "next", NEXT)))
    ruling = fates.ruling(a_class(), at=DAY, known_at=DAY)
    assert ruling.until_us == us_of(TURN)
    assert ruling.stays
    assert ruling.keeps_cost
    assert fates.ruling(a_class(), at=TURN, known_at=TURN).since_us == us_of(TURN)


def test_cuts_keep_counts_apart(tmp_path: Path) -> None:
    now = terms_of(configured(tmp_path))
    plain = Fates(now, now).ruling(a_class(), at=DAY, known_at=DAY)
    assert (plain.since_us, plain.until_us, plain.fate.span) == (EVER_US, NEVER_US, 0)
    assert plain.fate.interface is None
    hour = timedelta(hours=1)
    fates = Fates(now, now, cuts=(DAY + hour, DAY - hour))
    ruling = fates.ruling(a_class(), at=DAY, known_at=DAY)
    assert (ruling.since_us, ruling.until_us) == (us_of(DAY - hour), us_of(DAY + hour))
    assert ruling.fate.span == 1
    assert ruling.fate.interface == "stateless_api"
    assert fates.ruling(a_class(), at=DAY + hour, known_at=DAY).fate.span == 2


def test_a_shift_moves_the_epoch_along(tmp_path: Path) -> None:
    now = terms_of(configured(tmp_path / "now"))
    other = terms_of(configured(tmp_path / "next", NEXT))
    shift = 6 * 3_600_000_000
    ruling = Fates(now, other, shift_us=shift).ruling(a_class(), at=DAY, known_at=DAY)
    assert ruling.since_us == us_of(TURN)
    assert not ruling.keeps_cost  # prices of another time


def test_no_room_and_room_again(tmp_path: Path) -> None:
    now = terms_of(configured(tmp_path))
    fates = Fates(now, now)

    def after(moment: Circumstances, recorded: Recorded) -> str | None:
        return fates.ruling_in(moment, recorded, at=DAY, known_at=DAY).fate.after

    assert after(Circumstances(full=("openai/gpt-9",)), a_class()) == "azure/gpt-9"
    refused = a_class(failed={"openai/gpt-9": Failed("429", 0)}, held_by="azure/gpt-9")
    assert after(Circumstances(), refused) == "azure/gpt-9"
    emptied = Circumstances(emptied=frozenset(("openai/gpt-9",)))
    assert after(emptied, refused) == "openai/gpt-9"
    gone = a_class(failed={"openai/gpt-9": Failed("unreachable", 0)}, held_by="azure/gpt-9")
    assert after(emptied, gone) == "azure/gpt-9"


def test_who_is_owed_a_first_refusal(tmp_path: Path) -> None:
    now = terms_of(configured(tmp_path / "now"))
    fates = Fates(now, terms_of(configured(tmp_path / "next", NEXT)))

    def owed(**changes: object) -> tuple[str, ...]:
        return fates.ruling(a_class(**changes), at=TURN, known_at=TURN).fate.owed

    assert owed() == ()  # it was the holder's own
    assert owed(held_by="azure/gpt-9") == ("next/bound",)
    assert owed(held_by="azure/gpt-9", failed={"openai/gpt-9": Failed("429", 0)}) == ()
    assert owed(held_by=None) == ()
