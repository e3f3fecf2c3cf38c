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


def test_the_bundle_of_the_documents_rests_on_nothing_else() -> None:
    """Every clause names one document, so that the test above looks its words up there."""
    agreements = bundle("seed-only").setup.agreements
    for clause in agreements.clauses:
        agreement = agreements.agreement(clause.agreement)
        assert agreement is not None
        assert re.match(r"document \d{3} \(", clause.source or agreement.source or ""), clause.id


def test_every_answer_of_that_bundle_names_its_sentence() -> None:
    for entry in bundle("seed-only").questions.tables.question:
        assert _sentence(entry.why), entry.id
        assert entry.expect.clauses is not None, entry.id


def test_words_that_no_document_has_would_be_found_out() -> None:
    assert "Oracle carries the API" not in document("001")


def _sentence(why: str | None) -> re.Match[str] | None:
    return re.search(r"^([^(]*) \((\d{3})\)", why or "")


@pytest.mark.parametrize("name", ["public-record", "seed-only"])
def test_the_sentence_that_decides_a_question_stands_in_its_document(name: str) -> None:
    for entry in bundle(name).questions.tables.question:
        ascribed = _sentence(entry.why)
        if ascribed:
            assert ascribed[1] in document(ascribed[2]), entry.id
