"""The shipped examples as tests read them: their configuration, agreements and questions."""

from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

import msgspec

from detente import wiring
from detente.agreements import reference
from detente.agreements.questions import Answer, QuestionFile, parse_questions, run_questions

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
QUESTIONS = {
    "public-record": EXAMPLES / "openai-microsoft/public-record/questions.toml",
    "seed-only": EXAMPLES / "openai-microsoft/seed-only/questions.toml",
    "first-refusal": EXAMPLES / "first-refusal/questions.toml",
    "european-company": EXAMPLES / "european-company/questions.toml",
    "reseller": EXAMPLES / "reseller/questions.toml",
}
NOW = datetime(2026, 11, 1, tzinfo=UTC)
"""What was known when the tests were written; questions without a date of their own get it."""


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """One example: its configuration as joined, and its questions."""

    setup: wiring.Setup
    questions: QuestionFile

    def answers(self, setup: wiring.Setup | None = None) -> tuple[Answer, ...]:
        """All questions answered, under a changed setup where one is given."""
        setup = setup or self.setup
        return run_questions(
            self.questions,
            setup.world,
            [clause.id for clause in self.setup.agreements.clauses],
            partial(reference.decide, setup.world, setup.agreements),
            now=NOW,
            events=setup.events,
            offers=setup.offers,
            labels_of_project=setup.labels_of_project,
        )


@cache
def bundle(name: str) -> Bundle:
    """The example of that name, read once."""
    path = QUESTIONS[name]
    questions = parse_questions(path.read_bytes(), str(path))
    setup = wiring.load(path.parent / questions.tables.configuration)
    return Bundle(setup=setup, questions=questions)


def question_ids(name: str) -> list[str]:
    """The ids of a bundle's questions, for parametrised tests."""
    path = QUESTIONS[name]
    return [q.id for q in parse_questions(path.read_bytes(), str(path)).tables.question]
