"""`commit`: what counts towards a commitment comes first while less than its pace was taken."""

from detente.canonical.snapshot import Snapshot
from tests.agreements.scenes import AWS, AZURE, answer, loaded, question, reasons, world

MACC = (
    'id = "macc"\ntype = "commit"\namount = 1000000\nfrom = 2026-01-01\nuntil = 2027-01-01\n'
    'scope = { host = "microsoft" }\n'
)
BEHIND = Snapshot(behind=("a/macc",))
FIRST = ("azure/gpt-4", "aws/gpt-4")
BY_NAME = ("aws/gpt-4", "azure/gpt-4")


def test_it_orders_only_while_it_is_behind() -> None:
    assert answer(world(AWS, AZURE), loaded(MACC), question()).order == BY_NAME
    decision = answer(world(AWS, AZURE), loaded(MACC), question(), BEHIND)
    assert decision.order == FIRST
    assert [rank.commitment for rank in decision.snapshot] == ["a/macc", None]


def test_it_decides_nothing() -> None:
    plain = answer(world(AWS, AZURE), loaded(MACC), question())
    behind = answer(world(AWS, AZURE), loaded(MACC), question(), BEHIND)
    assert (plain.outcome, plain.clauses) == (behind.outcome, behind.clauses) == ("allow", ())
    assert plain.verdicts == behind.verdicts


def test_what_is_eligible_counts_in_place_of_its_scope() -> None:
    eligible = f'{MACC}eligible = {{ host = "amazon" }}\n'
    decision = answer(world(AWS, AZURE), loaded(eligible), question(), BEHIND)
    assert decision.order == BY_NAME
    assert decision.snapshot[0].commitment == "a/macc"
    text = "what `aws/gpt-4` takes counts towards `a/macc`"
    assert [reason.text for reason in reasons(decision, "aws")] == [text]
    assert reasons(decision, "azure") == ()


def test_one_that_is_over_orders_nothing() -> None:
    asked = question("2027-01-01")
    assert answer(world(AWS, AZURE), loaded(MACC), asked, BEHIND).order == BY_NAME


def test_labels_of_the_request_count_for_none() -> None:
    theirs = MACC.replace("{ host", '{ labels = { team = "a" }, host')
    by_request = question(header_labels={"team": "a"})
    assert answer(world(AWS, AZURE), loaded(theirs), by_request, BEHIND).order == BY_NAME
    by_key = question(labels={"team": "a"})
    assert answer(world(AWS, AZURE), loaded(theirs), by_key, BEHIND).order == FIRST


def test_the_one_that_ends_first_comes_first() -> None:
    sooner = (
        'id = "edp"\ntype = "commit"\namount = 5\nuntil = 2026-06-01\nscope = { host = "amazon" }\n'
    )
    both = Snapshot(behind=("a/edp", "a/macc"))
    assert answer(world(AWS, AZURE), loaded(MACC, sooner), question(), both).order == BY_NAME
    later = sooner.replace("2026-06-01", "2027-06-01")
    assert answer(world(AWS, AZURE), loaded(MACC, later), question(), both).order == FIRST
    endless = sooner.replace("until = 2026-06-01\n", "")
    assert answer(world(AWS, AZURE), loaded(MACC, endless), question(), both).order == FIRST


def test_a_deployment_names_the_one_that_ends_first() -> None:
    sooner = MACC.replace("macc", "sooner").replace("2027", "2026-06").replace("06-01-01", "06-01")
    both = Snapshot(behind=("a/macc", "a/sooner"))
    decision = answer(world(AWS, AZURE), loaded(MACC, sooner), question(), both)
    assert decision.snapshot[0].commitment == "a/sooner"


def test_what_is_paid_for_comes_before_it() -> None:
    paid = 'id = "p"\ntype = "capacity"\nsize = 1\nunit = "ptu"\nscope = { host = "amazon" }'
    assert answer(world(AWS, AZURE), loaded(MACC, paid), question(), BEHIND).order == BY_NAME
