"""Where an answer's words come from: grounding and citations, in canonical words and back.

The platforms count bytes of a part's text, canonical citations characters.

>>> support = {"segment": {"endIndex": 2, "text": "é"}, "groundingChunkIndices": [0]}
>>> chunks = [{"web": {"uri": "https://x.test", "title": "x"}}]
>>> found = cited({"groundingChunks": chunks, "groundingSupports": [support]}, ["é"])[0]
>>> found[0].start, found[0].end
(0, 1)
"""

from collections.abc import Iterable, Sequence
from typing import Final

from detente.canonical.content import Citation
from detente.canonical.extras import Json, Obj

SOURCES_MAX: Final = 1000
"""Citations that one answer can have; a platform sends a handful for each sentence."""
_SOURCES_OF_ONE_MAX: Final = 50
_TEXT_CHARACTERS_MAX: Final = 200_000
"""A longer answer's offsets would cost too much to convert; no model writes one."""

_WEB: Final = ("web", "maps", "image")


def cited(grounding: Obj, texts: Sequence[str | None]) -> dict[int, list[Citation]]:
    """The citations of each text by its position among the parts; None stands for other parts."""
    chunks, supports = grounding.get("groundingChunks"), grounding.get("groundingSupports")
    found: dict[int, list[Citation]] = {}
    if type(chunks) is not list or type(supports) is not list:
        return found
    for support in supports[:SOURCES_MAX]:
        segment = support.get("segment") if type(support) is dict else None
        indices = support.get("groundingChunkIndices") if type(support) is dict else None
        if type(segment) is not dict or type(indices) is not list:
            continue
        quote = _text(segment, "text")
        part = _part_of(segment, quote, texts)
        if part is None:
            continue
        start, end = _place(segment, quote, texts[part] or "")
        listed = found.setdefault(part, [])
        for index in indices[:_SOURCES_OF_ONE_MAX]:
            if type(index) is int and 0 <= index < len(chunks):
                listed += _citation(chunks[index], start, end, quote)
    return found


def recited(metadata: Obj, text: str) -> list[Citation]:
    """The citations of `citationMetadata`: what the answer repeats from elsewhere."""
    listed = metadata.get("citations", metadata.get("citationSources"))
    found: list[Citation] = []
    for one in listed[:SOURCES_MAX] if type(listed) is list else []:
        if type(one) is not dict or type(one.get("uri")) is not str:
            continue
        start, end = _place(one, None, text)
        url, title = _text(one, "uri"), _text(one, "title")
        found.append(Citation(kind="url", url=url, title=title, start=start, end=end))
    return found


def grounding_of(cited_texts: Iterable[tuple[int, str, tuple[Citation, ...]]]) -> Obj:
    """Grounding that tells the citations of texts at their positions among the parts."""
    chunks: list[Json] = []
    supports: list[Json] = []
    places: dict[tuple[str | None, ...], int] = {}
    for part, text, citations in cited_texts:
        for citation in citations:
            key = (citation.url, citation.title, citation.file_id)
            if key not in places:
                places[key] = len(chunks)
                chunks.append(_chunk(citation))
            supports.append(
                {
                    "segment": _segment(citation, text, part),
                    "groundingChunkIndices": [places[key]],
                }
            )
    return {"groundingChunks": chunks, "groundingSupports": supports} if supports else {}


def _citation(chunk: Json, start: int | None, end: int | None, quote: str | None) -> list[Citation]:
    if type(chunk) is not dict:
        return []
    for kind in _WEB:
        if type(web := chunk.get(kind)) is dict:
            url, title = _text(web, "uri") or _text(web, "sourceUri"), _text(web, "title")
            return [Citation(kind="url", url=url, title=title, start=start, end=end)]
    if type(kept := chunk.get("retrievedContext")) is dict:
        return [
            Citation(
                kind="document",
                url=_text(kept, "uri"),
                title=_text(kept, "title") or _text(kept, "documentName"),
                quote=_text(kept, "text") or quote,
                start=start,
                end=end,
            )
        ]
    return []


def _chunk(citation: Citation) -> Obj:
    if citation.kind == "url":
        web: Obj = {}
        if citation.url is not None:
            web["uri"] = citation.url
        if citation.title is not None:
            web["title"] = citation.title
        return {"web": web}
    kept: Obj = {}
    for name, value in (
        ("uri", citation.url),
        ("title", citation.title),
        ("documentName", citation.file_id),
        ("text", citation.quote),
    ):
        if value is not None:
            kept[name] = value
    return {"retrievedContext": kept}


def _segment(citation: Citation, text: str, part: int) -> Obj:
    """The place in the text, in bytes; a citation without one is of the whole part."""
    start, end = citation.start or 0, citation.end
    said = text[start:end]
    first = len(text[:start].encode(errors="replace"))
    segment: Obj = {"startIndex": first, "endIndex": first + len(said.encode(errors="replace"))}
    segment["text"] = said
    if part:
        segment["partIndex"] = part
    return segment


def _part_of(segment: Obj, quote: str | None, texts: Sequence[str | None]) -> int | None:
    """The part that a segment is of; platforms count parts in ways of their own, so what was
    quoted decides where the position names no text."""
    at = segment.get("partIndex") or 0
    if type(at) is int and 0 <= at < len(texts) and texts[at] is not None:
        return at
    said = [index for index, text in enumerate(texts) if text is not None]
    for index in said:
        if quote and quote in (texts[index] or ""):
            return index
    return said[-1] if said else None


def _place(segment: Obj, quote: str | None, text: str) -> tuple[int | None, int | None]:
    """Where in the text a segment stands, in characters."""
    start, end = segment.get("startIndex") or 0, segment.get("endIndex")
    if type(start) is not int or type(end) is not int or not 0 <= start <= end:
        return None, None
    if not text.isascii():
        if len(text) > _TEXT_CHARACTERS_MAX:
            return None, None
        raw = text.encode(errors="replace")
        start = len(raw[:start].decode(errors="ignore"))
        end = len(raw[:end].decode(errors="ignore"))
    if quote and text[start:end] != quote and (at := text.find(quote)) >= 0:
        return at, at + len(quote)
    return start, end


def _text(source: Obj, key: str) -> str | None:
    value = source.get(key)
    return value if type(value) is str else None
