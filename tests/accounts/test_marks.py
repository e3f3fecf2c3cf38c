"""The words by which bodies show what their bytes do not bound."""

import msgspec
import pytest
from tests.accounts.billed import RECORDED, billed

from detente.accounts.bound import TEMPLATE_TOKENS, Bound, input_tokens_bound, marks_in
from detente.accounts.marks import MARKS
from detente.canonical.model import Dialect


def bound(body: bytes, dialect: Dialect = "openai_chat") -> Bound:
    return input_tokens_bound(body, dialect, tools=False, context_tokens=None)


def test_a_word_behind_escapes_is_found() -> None:
    for key in (b'"f\\u0069le_id"', b'"file\\u005fid"', b'"\\u0066ile_id"'):
        assert not bound(b"{" + key + b":1}").certain
    assert bound(b'{"content":"caf\\u00e9 \\u20ac"}').certain


def test_a_word_inside_a_text_is_no_mark() -> None:
    """A quote inside a JSON string is escaped, so that its word does not end at one."""
    body = msgspec.json.encode({"messages": [{"content": 'say "image_url" and "file_id"'}]})
    assert bound(body) == Bound(len(body) + TEMPLATE_TOKENS)


@pytest.mark.parametrize("dialect", MARKS)
def test_every_dialect_has_its_row(dialect: Dialect) -> None:
    assert bound(b"{}", dialect) == Bound(2 + TEMPLATE_TOKENS)
    assert not marks_in(b"{}", MARKS[dialect])


@pytest.mark.parametrize(
    ("dialect", "body", "kind"),
    [
        ("openai_chat", b'{"web_search_options":{}}', "turns"),
        ("openai_chat", b'{"models":["a","b"]}', "turns"),
        ("openai_responses", b'{"type": "input_image"}', "images"),
        ("openai_responses", b'{"prompt":{"id":"pmpt_1"}}', "elsewhere"),
        ("anthropic_messages", b'{"type":"web_search_20250305"}', "turns"),
        ("anthropic_messages", b'{"type":"document"}', "elsewhere"),
        ("anthropic_messages", b'{"type":"computer_20250124"}', "built_in"),
        ("gemini_generate", b'{"cachedContent":"x"}', "elsewhere"),
        ("gemini_generate", b'{"mimeType":"application/pdf"}', "elsewhere"),
        ("gemini_generate", rb'{"mimeType":"application\/pdf"}', "elsewhere"),
        ("gemini_generate", b'{"google_search":{}}', "turns"),
        ("bedrock_converse", b'{"s3Location":{}}', "elsewhere"),
        ("ollama_chat", b'{"images":[]}', "images"),
    ],
)
def test_words_are_told_apart(dialect: Dialect, body: bytes, kind: str) -> None:
    assert marks_in(body, MARKS[dialect]) == {kind: 1}
    assert MARKS[dialect].quick.search(body) is not None


@pytest.mark.parametrize("name", RECORDED)
def test_the_quick_look_finds_what_the_thorough_one_does(name: str) -> None:
    dialect, _ = RECORDED[name]
    marks = MARKS[dialect]
    for row in billed(name, dialect):
        assert (marks.quick.search(row.body) is None) == (marks.first.search(row.body) is None)
