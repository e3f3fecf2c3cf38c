"""E18: a demand below what the model's publisher requires; silent where it allows as much."""

from typing import get_args

import msgspec
import pytest

from detente.agreements import reference
from detente.agreements.check import CheckFinding
from detente.agreements.checking.domain import Period
from detente.agreements.checking.e18_mandated_retention import is_ruled_out, mandated_retentions
from detente.agreements.checking.survey import Survey
from detente.agreements.clauses.retention import Retention
from detente.canonical.model import RETENTION_MODES, Model, RetentionMode
from detente.canonical.world import World
from tests.agreements.checking.worlds import agreements, day, world

ZERO = '[[clause]]\nid = "z"\ntype = "retention"\nmode = "none"\n'


def here(required: RetentionMode | None) -> World:
    plain = world()
    model = msgspec.structs.replace(plain.models[0], retention_required=required)
    return msgspec.structs.replace(plain, models=(model,))


def e18(required: RetentionMode | None, **texts: str) -> list[CheckFinding]:
    return list(mandated_retentions(Survey(here(required), agreements(**texts))))


def test_zero_retention_of_what_is_kept_by_mandate() -> None:
    offer = ZERO.replace('"z"', '"o"') + "offered = true\n"
    (finding,) = e18("flagged_only", a=ZERO + "until = 2026-01-01\n", b=offer)
    assert (finding.code, finding.severity, finding.model) == ("E18", "error", "lab/one")
    assert finding.clauses == ("a/z",)
    assert finding.periods == (Period(from_=day("2025-01-01"), until=day("2026-01-01")),)
    assert finding.place is not None
    assert (finding.place.file, finding.place.line) == ("a.toml", 4)
    assert finding.witness is not None
    text = agreements(a=ZERO)
    decision = reference.decide(here("flagged_only"), text, finding.witness)
    assert (decision.outcome, decision.clauses) == ("deny", ("a/z",))


@pytest.mark.parametrize("mode", RETENTION_MODES)
def test_what_allows_as_much_is_not_ruled_out(mode: RetentionMode) -> None:
    model = Model(name="lab/one", publisher="lab", retention_required="abuse_monitoring")
    found = is_ruled_out(Retention(id="z", mode=mode), model)
    assert found == (mode in ("none", "flagged_only"))
    assert set(RETENTION_MODES) == set(get_args(RetentionMode))


def test_not_where_nothing_is_required_or_it_is_left_out() -> None:
    assert e18(None, a=ZERO) == []
    assert e18("full", a=ZERO + 'scope = { model = "lab/two" }\n') == []
    lifted = '[[clause]]\nid = "g"\ntype = "grant"\nexcept_of = "a/z"\n'
    assert e18("full", a=ZERO, b=lifted) == []
