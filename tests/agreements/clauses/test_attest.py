"""`attest`: documents demanded, on record, offered, expired."""

from detente.canonical.model import Attestation, Deployment
from tests.agreements.scenes import answer, at_place, day, loaded, question, reasons, world

DEMAND = 'id = "baa"\ntype = "attest"\ndocument = "baa"\n'
OFFER = 'id = "offer"\ntype = "attest"\noffered = true\ndocument = "baa"\n'


def showing(*documents: Attestation) -> Deployment:
    return at_place("aws", "amazon", attestations=documents)


BAA = Attestation(name="baa")
ENDING = Attestation(name="baa", expires=day("2026-03-01"))


def test_a_document_on_record_meets_it() -> None:
    assert answer(world(showing(BAA)), loaded(DEMAND), question()).outcome == "allow"


def test_one_that_nobody_put_on_record_is_not_there() -> None:
    decision = answer(world(showing(Attestation(name="soc2"))), loaded(DEMAND), question())
    assert decision.outcome == "deny"
    assert decision.change == "once `aws/gpt-4` can show `baa`"
    text = "`a/baa` demands the document `baa`; `aws/gpt-4` has none on record"
    assert reasons(decision, "aws")[0].text == text


def test_it_counts_until_it_expires() -> None:
    last = answer(world(showing(ENDING)), loaded(DEMAND), question("2026-02-28T23:59:59"))
    assert (last.outcome, last.valid_until) == ("allow", day("2026-03-01"))
    gone = answer(world(showing(ENDING)), loaded(DEMAND), question("2026-03-01"))
    assert (gone.outcome, gone.valid_from) == ("deny", day("2026-03-01"))
    assert "that of `aws/gpt-4` expired on 2026-03-01" in reasons(gone, "aws")[0].text


def test_a_second_one_that_lasts_is_enough() -> None:
    where = world(showing(ENDING, BAA))
    assert answer(where, loaded(DEMAND), question("2026-03-01")).outcome == "allow"


def test_an_offer_meets_it_until_its_document_expires() -> None:
    agreements = loaded(DEMAND, f"{OFFER}expires = 2026-03-01")
    last = answer(world(showing()), agreements, question("2026-02-28T23:59:59"))
    assert (last.outcome, last.valid_until) == ("allow", day("2026-03-01"))
    assert answer(world(showing()), agreements, question("2026-03-01")).outcome == "deny"


def test_another_document_is_not_it() -> None:
    other = loaded(DEMAND, OFFER.replace('document = "baa"', 'document = "soc2"'))
    assert answer(world(showing()), other, question()).outcome == "deny"


def test_an_offer_to_come_is_the_nearest_change() -> None:
    agreements = loaded(DEMAND, f"{OFFER}from = 2026-06-01")
    assert answer(world(showing()), agreements, question()).change == "from 2026-06-01"
    gone = loaded(DEMAND, f"{OFFER}from = 2026-06-01\nexpires = 2026-06-01")
    assert answer(world(showing()), gone, question()).change == "once `aws/gpt-4` can show `baa`"
