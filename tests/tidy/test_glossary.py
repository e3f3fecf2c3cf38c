"""One concept, one word: the words that `docs/reference/glossary.md` rules out are not used."""

import re
from pathlib import Path

from tests.tidy.project import ROOT, SOURCE, files, shown, text_of

GLOSSARY = ROOT / "docs" / "reference" / "glossary.md"

OF_VENDORS = {
    ("src/detente/dialects/anthropic_messages/words.py", "fallback"),
    ("src/detente/guardrails/places/anthropic.py", "fallback"),
    ("src/detente/cli/litellm/settings.py", "fallback"),
    ("docs/how-to/move-from-litellm.md", "fallback"),
}
"""Words that are members of a vendor's API, which are not ours to choose."""


def ruled_out() -> dict[str, str]:
    """Each word that is not used, with the word that is."""
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| ([^|]*)\|$", text_of(GLOSSARY), re.MULTILINE)
    return {
        other.strip(): word.strip()
        for word, others in rows
        if word.strip() not in ("word", "---")
        for other in others.split(",")
        if other.strip()
    }


def test_the_glossary_rules_something_out() -> None:
    assert ruled_out()["fallback"] == "spillover"


def speaking_files() -> list[Path]:
    return [
        path
        for path in files(".py", ".md", ".toml")
        if path != GLOSSARY
        and (
            path.is_relative_to(SOURCE)
            or path.is_relative_to(ROOT / "docs")
            or path.suffix != ".py"
        )
        and path.name != "pyproject.toml"
    ]


def test_words_are_those_of_the_glossary() -> None:
    found = [
        f"{shown(path)}: `{other}`: say `{word}`"
        for other, word in ruled_out().items()
        for path in speaking_files()
        if (shown(path), other) not in OF_VENDORS
        and re.search(rf"(?<![\w.-]){re.escape(other)}s?(?![\w-])", text_of(path), re.IGNORECASE)
    ]
    assert found == []


def test_every_word_of_the_vocabulary_is_there() -> None:
    words = {
        *("publisher", "provider", "host", "model", "deployment", "dialect", "agreement, clause"),
        *(
            "key, project",
            "question",
            "decision",
            "attempt",
            "refusal",
            "spillover",
            "ledger, entry",
        ),
    }
    text = text_of(GLOSSARY)
    assert [word for word in sorted(words) if f"| {word} |" not in text] == []
