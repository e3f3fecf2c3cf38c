"""Grounding in canonical words, whatever a platform counts."""

from detente.canonical.content import Citation
from detente.canonical.extras import Json, Obj
from detente.dialects.gemini_generate.sources import cited, grounding_of, recited

CHUNKS: list[Json] = [{"web": {"uri": "https://a.test", "title": "A"}}]


def grounding(segment: Json, *chunks: Json) -> Obj:
    support: Obj = {"segment": segment, "groundingChunkIndices": [0]}
    return {"groundingChunks": list(chunks) or CHUNKS, "groundingSupports": [support]}


def test_a_segment_without_a_part_finds_its_text_by_its_words() -> None:
    found = cited(grounding({"startIndex": 0, "endIndex": 2, "text": "bb"}), [None, "aa", "bb"])
    assert list(found) == [2]
    found = cited(grounding({"endIndex": 2}), [None, "aa"])
    assert list(found) == [1]
    assert cited(grounding({"endIndex": 2}), [None]) == {}


def test_words_decide_where_numbers_are_wrong() -> None:
    found = cited(grounding({"startIndex": 4, "endIndex": 6, "text": "bb"}), ["aabb"])
    assert [(one.start, one.end) for one in found[0]] == [(2, 4)]


def test_numbers_that_are_none() -> None:
    odd: list[Json] = [{"endIndex": -1}, {"endIndex": "x"}, {"startIndex": 5, "endIndex": 2}, {}]
    for segment in odd:
        found = cited(grounding(segment), ["aabb"])
        assert [(one.start, one.end) for one in found[0]] == [(None, None)]


def test_what_is_no_grounding() -> None:
    odd: list[Json] = [[], [1], [{}], [{"web": 1}]]
    for chunks in odd:
        body: Obj = {"groundingChunks": chunks, "groundingSupports": [{"segment": {}}, 1]}
        assert cited(body, ["a"]) == {}
    assert cited({}, ["a"]) == {}
    assert cited(grounding({"endIndex": 1}, {"other": {}}), ["a"]) == {0: []}


def test_maps_are_sources_too() -> None:
    found = cited(grounding({"endIndex": 1}, {"maps": {"uri": "https://m.test"}}), ["a"])
    assert found[0][0].url == "https://m.test"


def test_recitations() -> None:
    wire: Obj = {"citations": [{"uri": "https://a.test", "endIndex": 3}, {"endIndex": 1}, 1]}
    assert recited(wire, "éa") == [Citation(kind="url", url="https://a.test", start=0, end=2)]
    assert recited({"citationSources": wire["citations"]}, "éa") == recited(wire, "éa")
    assert recited({"citations": 1}, "a") == []


def test_what_is_written_is_read_again() -> None:
    citations = (
        Citation(kind="url", url="https://a.test", title="A", start=0, end=2),
        Citation(kind="url", url="https://a.test", title="A", start=3, end=5),
        Citation(kind="document", url="gs://b", title="B", quote="x", start=0, end=5),
    )
    wire = grounding_of([(0, "éa bü", citations)])
    assert tuple(cited(wire, ["éa bü"])[0]) == citations
    assert grounding_of([]) == {}
