"""Citations, read and written."""

from detente.canonical.content import Citation, Part, Reasoning, Text
from detente.canonical.extras import Json, Obj
from detente.dialects.cohere_chat.citations import (
    citation_told,
    citations_told,
    placed,
    read_citation,
)

WIRE: Obj = {
    "start": 0,
    "end": 2,
    "text": "hi",
    "sources": [
        {"type": "document", "id": "d", "document": {"title": "T", "snippet": "so it is"}},
        {"type": "tool", "id": "t", "tool_output": {}},
    ],
    "content_index": 0,
    "type": "TEXT_CONTENT",
}


def test_round_trip() -> None:
    found = read_citation(WIRE)
    assert (found.kind, found.title, found.quote) == ("document", "T", "so it is")
    assert citation_told(found, "hi", 0) == WIRE


def test_a_tool_output_and_odd_members() -> None:
    odd: Obj = {
        "start": "0",
        "end": None,
        "sources": [{"type": "tool", "tool_output": {"url": "https://e.example", "text": "q"}}],
    }
    found = read_citation(odd)
    assert (found.kind, found.url, found.quote) == ("url", "https://e.example", "q")
    assert citation_told(found, "", 0) == odd
    assert read_citation({"sources": [3]}).title is None


def test_of_others_within_the_text() -> None:
    told = citation_told(Citation(kind="file", file_id="f", start=-5, end=99), "abc", 2)
    assert (told["start"], told["end"], told["text"], told["content_index"]) == (0, 3, "abc", 2)
    assert told["sources"] == [{"type": "document", "id": "f", "document": {}}]
    assert citation_told(Citation(kind="document"), "abc", 0)["text"] == "abc"


def test_places() -> None:
    parts: list[Part] = [Reasoning(text="t"), Text(text="hi")]
    second: list[Json] = [{**WIRE, "content_index": 1}]
    found = placed(parts, second, [0, 1])
    assert found is not None
    assert citations_told(tuple(found)) == second
    elsewhere: list[list[Json]] = [[3], [{"content_index": 5}], [{"content_index": "x"}], [WIRE]]
    for told in elsewhere:
        assert placed(parts, told, [0, 1]) is None
    backwards: list[Json] = [{"content_index": 1}, {"content_index": 0}]
    assert placed([Text(text="a"), Text(text="b")], backwards, [0, 1]) is None
