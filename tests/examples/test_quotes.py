"""Every clause rests on words, and words ascribed to a document stand in that document."""

import os
import re
from pathlib import Path

import pytest

from tests.examples.bundles import QUESTIONS, ROOT, bundle

CLAUSES = [
    (name, clause.id) for name in QUESTIONS for clause in bundle(name).setup.agreements.clauses
]


def document(number: str) -> str:
    folder = Path(os.environ.get("DETENTE_SOURCES") or ROOT.parent / "shared" / "sources")
    for path in sorted(folder.glob(f"{number}_*.txt")):
        return path.read_text(encoding="utf-8")
    reason = f"no document {number} in {folder}; set DETENTE_SOURCES to the documents' folder"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.mark.parametrize(("name", "id"), CLAUSES)
def test_a_clause_quotes_its_ground(name: str, id: str) -> None:
    agreements = bundle(name).setup.agreements
    clause, agreement = agreements.clause(id), agreements.agreement(id.partition("/")[0])
    assert clause is not None
    assert agreement is not None
    source = clause.source or agreement.source
    assert clause.quote
    assert source
    ascribed = re.match(r"documents? (\d{3})", source)
    if ascribed:
        assert clause.quote in document(ascribed[1])


@pytest.mark.parametrize("name", ["public-record", "seed-only"])
def test_the_sentence_that_decides_a_question_stands_in_its_document(name: str) -> None:
    for entry in bundle(name).questions.tables.question:
        ascribed = re.search(r"^([^(]*) \((\d{3})\)", entry.why or "")
        if ascribed:
            assert ascribed[1] in document(ascribed[2]), entry.id
