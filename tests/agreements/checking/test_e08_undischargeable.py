"""E08: found with its line and a witness; not found where all is said."""

import pytest

from detente.agreements import AgreementSet, reference
from detente.agreements.check import CheckFinding
from detente.agreements.checking.e08_undischargeable import undischargeable
from detente.agreements.checking.survey import Survey
from detente.canonical.world import World
from tests.agreements.checking.worlds import agreements, world

REFUSAL = '[[clause]]\nid = "r"\ntype = "first_refusal"\nholder = "host:north"\n'
WHOLE = 'signals = ["429"]\nrespond_within = "2s"\ndefault = "refused"\n'


def e08(here: World, found: AgreementSet) -> list[CheckFinding]:
    return list(undischargeable(Survey(here, found)))


def test_e08_names_what_is_missing() -> None:
    (finding,) = e08(world(), agreements(a=REFUSAL))
    assert (finding.code, finding.severity) == ("E08", "error")
    assert "`signals`, `respond_within`, `default`" in finding.message
    assert finding.place is not None
    assert (finding.place.file, finding.place.line) == ("a.toml", 4)
    assert finding.witness is not None
    assert "a/r" in reference.decide(world(), agreements(a=REFUSAL), finding.witness).clauses


@pytest.mark.parametrize("line", WHOLE.splitlines())
def test_e08_each_is_needed(line: str) -> None:
    (finding,) = e08(world(), agreements(a=REFUSAL + WHOLE.replace(line + "\n", "")))
    assert f"`{line.partition(' ')[0]}`" in finding.message


def test_e08_not_where_all_is_said() -> None:
    assert e08(world(), agreements(a=REFUSAL + WHOLE)) == []


def test_e08_needs_no_deployment_to_be_found() -> None:
    (finding,) = e08(world(), agreements(a=REFUSAL + 'scope = { model = "lab/none" }\n'))
    assert finding.witness is None
