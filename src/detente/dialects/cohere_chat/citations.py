"""Citations of Cohere's: a span of the answer, and the documents or tool outputs that it rests on.

>>> found = read_citation({"start": 0, "end": 2, "text": "hi", "sources": []})
>>> found.start, citation_told(found, "hi there", 0)["text"]
(0, 'hi')
"""

from typing import Final

from detente.canonical.content import Citation, Part, Reasoning, Refusal, Text
from detente.canonical.extras import Json, Obj
from detente.dialects._codec.rest import laid_over, marked, rest
from detente.dialects.cohere_chat.wire import NAME, PLAN

_KNOWN: Final = frozenset(("start", "end", "text", "sources", "content_index", "type"))
_KEPT: Final = ("text", "sources", "content_index", "type")


def read_citation(item: Obj) -> Citation:
    """A citation; the first of its sources gives it a title and a quote."""
    document = _document(item.get("sources"))
    start, end = item.get("start"), item.get("end")
    spelling: Obj = {key: item[key] for key in _KEPT if key in item}
    for key, value in (("start", start), ("end", end)):
        if key in item and type(value) is not int:
            spelling[key] = value
    url = document.get("url")
    title = document.get("title")
    quote = next((document[key] for key in ("snippet", "text", "content") if key in document), None)
    return Citation(
        kind="url" if type(url) is str else "document",
        url=url if type(url) is str else None,
        title=title if type(title) is str else None,
        quote=quote if type(quote) is str else None,
        start=start if type(start) is int else None,
        end=end if type(end) is int else None,
        extras=rest(item, _KNOWN, NAME, spelling=spelling),
    )


def citation_told(citation: Citation, text: str, index: int) -> Obj:
    """A citation of the content block `index`, whose text is given; offsets are its characters."""
    extras = citation.extras
    if extras is not None and extras.dialect == NAME:
        wire: Obj = {}
        if citation.start is not None:
            wire["start"] = citation.start
        if citation.end is not None:
            wire["end"] = citation.end
        return laid_over(wire, extras, NAME)
    start = min(max(citation.start or 0, 0), len(text))
    end = len(text) if citation.end is None else min(max(citation.end, start), len(text))
    document: Obj = {}
    for key, value in (
        ("title", citation.title),
        ("url", citation.url),
        ("snippet", citation.quote),
    ):
        if value is not None:
            document[key] = value
    source: Obj = {
        "type": "document",
        "id": citation.file_id or f"doc:{citation.source_index or 0}",
        "document": document,
    }
    return {
        "start": start,
        "end": end,
        "text": text[start:end],
        "sources": [source],
        "content_index": index,
        "type": "TEXT_CONTENT",
    }


def placed(parts: list[Part], told: list[Json], blocks: list[int]) -> list[Part] | None:
    """`parts` with the citations at the texts that they are of, None where one has no place.

    `blocks` are the indexes of the parts that are content blocks, in their order.
    """
    found: dict[int, list[Citation]] = {}
    last = -1
    for item in told:
        if type(item) is not dict:
            return None
        index = item.get("content_index", 0)
        if type(index) is not int or not 0 <= index < len(blocks):
            return None
        at = blocks[index]
        if not isinstance(parts[at], Text) or index < last:
            return None
        last = index
        found.setdefault(at, []).append(read_citation(item))
    return [_cited(part, found.get(at)) for at, part in enumerate(parts)]


def _cited(part: Part, citations: list[Citation] | None) -> Part:
    if citations is None or not isinstance(part, Text):
        return part
    return Text(
        text=part.text,
        citations=tuple(citations),
        logprobs=part.logprobs,
        extras=part.extras,
    )


def citations_told(parts: tuple[Part, ...]) -> list[Json]:
    """The citations of a message, block by block."""
    told: list[Json] = []
    index = 0
    for part in parts:
        if isinstance(part, Text):
            told += [citation_told(one, part.text, index) for one in part.citations]
        if isinstance(part, Text | Refusal) or (isinstance(part, Reasoning) and not _is_plan(part)):
            index += 1
    return told


def _is_plan(part: Reasoning) -> bool:
    return marked(part.extras, NAME, PLAN)


def _document(sources: Json) -> Obj:
    """The document, or a tool's output, of the first source."""
    first = sources[0] if type(sources) is list and sources else None
    if type(first) is not dict:
        return {}
    found = first.get("document") or first.get("tool_output")
    return found if type(found) is dict else {}
