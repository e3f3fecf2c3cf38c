"""E15: a cap without its period, a period without its cap."""

import pytest

from detente.agreements.checking.e15_uncapped_shares import uncapped_shares
from detente.agreements.checking.survey import Survey
from tests.agreements.checking.worlds import agreements, day, world

SHARE = """
[[clause]]
id = "share"
type = "revenue_share"
payer = "lab"
payee = "north"
rate = 20
"""


@pytest.mark.parametrize(
    ("keys", "said"),
    [("cap = 100\n", "no `cap_basis`"), ('cap_basis = "year"\n', "no `cap`")],
)
def test_one_without_the_other(keys: str, said: str) -> None:
    loaded = agreements(a=SHARE + keys)
    (finding,) = uncapped_shares(Survey(world(), loaded))
    assert (finding.code, finding.severity, finding.clauses) == ("E15", "error", ("a/share",))
    assert finding.place == loaded.places["a/share"]
    assert finding.periods[0].from_ == day("2025-01-01")
    assert said in finding.message


@pytest.mark.parametrize("keys", ["", 'cap = 100\ncap_basis = "term"\n'])
def test_both_or_neither(keys: str) -> None:
    assert not list(uncapped_shares(Survey(world(), agreements(a=SHARE + keys))))
