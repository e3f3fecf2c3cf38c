"""The dates on which the documents' world turns, a second before and at the instant."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from detente.agreements import reference
from detente.canonical.question import Question
from tests.examples.bundles import bundle

SECOND = timedelta(seconds=1)
BOTH = (("enrolled", "azure-openai aws-openai-preview"),)
TURNS = [
    ("openai/gpt-3.5-turbo", "openai", "2023-03-01", "deny", "allow"),
    ("openai/gpt-3.5-turbo", "azure", "2023-03-09", "deny", "allow"),
    ("openai/gpt-4", "openai", "2023-03-14", "deny", "allow"),
    ("openai/gpt-4", "azure", "2023-03-21", "deny", "allow"),
    ("openai/gpt-oss-120b", "aws", "2025-10-28", "deny", "allow"),
    ("openai/gpt-5.5", "aws", "2026-04-28", "deny", "allow"),
    ("openai/gpt-5.5", "aws", "2026-06-01", "allow", "allow"),
]
"""Model, provider, instant, and the outcome before and from it, for an enrolled caller."""


def ask(model: str, provider: str, at: datetime) -> Question:
    return Question(model=model, at=at, known_at=at, labels=BOTH, providers=(provider,))


@pytest.mark.parametrize(("model", "provider", "day", "before", "after"), TURNS)
def test_it_turns_at_the_instant(
    model: str, provider: str, day: str, before: str, after: str
) -> None:
    setup = bundle("public-record").setup
    at = datetime.fromisoformat(day).replace(tzinfo=UTC)
    for instant, outcome in ((at - SECOND, before), (at, after), (at + SECOND, after)):
        found = reference.decide(setup.world, setup.agreements, ask(model, provider, instant))
        assert found.outcome == outcome, instant


def test_the_exclusive_ends_and_the_preview_opens_in_april() -> None:
    setup = bundle("public-record").setup
    last = datetime(2026, 4, 27, tzinfo=UTC) - SECOND
    before = reference.decide(setup.world, setup.agreements, ask("openai/gpt-5.5", "aws", last))
    after = reference.decide(
        setup.world, setup.agreements, ask("openai/gpt-5.5", "aws", last + SECOND)
    )
    assert before.clauses == ("openai-microsoft-2025-10/api",)
    assert after.clauses == ()


def test_the_hold_of_gpt_4_is_the_lag_that_it_names() -> None:
    """With an earlier listing at Azure, the hold alone decides the seven days."""
    setup = bundle("public-record").setup
    early = datetime(2023, 3, 1, tzinfo=UTC)
    clauses = tuple(
        msgspec.structs.replace(c, from_=early, recorded_at=early)
        if c.id == "azure-openai/gpt-4"
        else c
        for c in setup.agreements.clauses
    )
    listed = msgspec.structs.replace(setup.agreements, clauses=clauses)
    turn = datetime(2023, 3, 21, tzinfo=UTC)
    for at, outcome in ((turn - SECOND, "deny"), (turn, "allow")):
        assert (
            reference.decide(setup.world, listed, ask("openai/gpt-4", "azure", at)).outcome
            == outcome
        )


def test_azure_first_bites_where_azure_has_not_launched() -> None:
    setup = bundle("public-record").setup
    late = datetime(2026, 5, 10, tzinfo=UTC)
    clauses = tuple(
        msgspec.structs.replace(c, from_=late) if c.id == "azure-openai/gpt-5-5" else c
        for c in setup.agreements.clauses
    )
    unlaunched = msgspec.structs.replace(setup.agreements, clauses=clauses)
    known = datetime(2026, 6, 1, tzinfo=UTC)
    for at, outcome in ((late - SECOND, "deny"), (late, "allow")):
        question = msgspec.structs.replace(ask("openai/gpt-5.5", "aws", at), known_at=known)
        found = reference.decide(setup.world, unlaunched, question)
        assert found.outcome == outcome
        assert ("openai-microsoft-2026-04/azure-first" in found.clauses) == (outcome == "deny")
