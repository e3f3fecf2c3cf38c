"""The pages on the agreements: their commands run, their numbers and names are the examples'."""

import re
import shlex

import pytest

from detente.agreements.clauses import CLAUSE_TYPES
from tests.cli.command import ended
from tests.examples.bundles import QUESTIONS, ROOT, bundle

HOW_TO = ROOT / "docs/how-to/ask-the-agreements.md"
WRITE = ROOT / "docs/how-to/write-an-agreement.md"
FIVE = ROOT / "docs/explanation/the-five-documents.md"
COMMANDS = re.findall(r"^\$ (detente .*)$", HOW_TO.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_page_answers(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert ended(shlex.split(command)[1:]) in (0, 1)
    written = capsys.readouterr()
    assert written.out
    assert written.err == ""


def test_the_page_has_commands() -> None:
    assert len(COMMANDS) >= 5


def test_the_example_question_of_the_page_is_the_shipped_one() -> None:
    found = re.search(r"(?s)```toml\n(.*?)```", HOW_TO.read_text(encoding="utf-8"))
    assert found is not None
    question = found[1][found[1].index("[[question]]") :]
    assert question in QUESTIONS["first-refusal"].read_text(encoding="utf-8")


def test_fragments_of_the_page_on_writing_stand_in_the_examples() -> None:
    files = [
        path.read_text(encoding="utf-8")
        for name in ("european-company", "reseller")
        for path in (ROOT / "examples" / name / "agreements").glob("*.toml")
    ]
    fragments = re.findall(r"(?s)```toml\n(.*?)```", WRITE.read_text(encoding="utf-8"))
    assert len(fragments) >= 8
    for fragment in fragments:
        assert any(fragment in text for text in files), fragment


def test_the_page_on_writing_tells_which_clause_for_each_type() -> None:
    rows = re.findall(r"^\| .* \| (`.*) \|$", WRITE.read_text(encoding="utf-8"), re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([a-z_]+)`", row)}
    assert named == {str(kind.__struct_config__.tag) for kind in CLAUSE_TYPES}


def test_the_table_of_questions_covers_what_is_asked() -> None:
    rows = set(re.findall(r"^\| (\d{1,2}) \|", FIVE.read_text(encoding="utf-8"), re.MULTILINE))
    assert rows == {str(number) for number in range(1, 16)}
    for name in ("public-record", "seed-only"):
        asked = {str(int(q.id[:2])) for q in bundle(name).questions.tables.question}
        assert asked - {"16", "17"} == rows


def test_words_that_the_page_calls_encoded_are_clause_types_in_use() -> None:
    documents = ("public-record", "seed-only")
    used = {c.type for name in documents for c in bundle(name).setup.agreements.clauses}
    assert used >= {"threshold", "covenant", "term", "commit", "revenue_share", "residency"}
    for word in used:
        assert f"`{word}`" in FIVE.read_text(encoding="utf-8")
