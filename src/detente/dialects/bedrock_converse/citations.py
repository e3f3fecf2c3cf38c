"""Citations of Converse, to and from the canonical ones.

A citation belongs to a whole block; it names no place in the text that cites. What a search result
or a document was called by its sender (`source`) is told as the address.

>>> citation_of({"location": {"web": {"url": "https://a.example"}}}).url
'https://a.example'
"""

from typing import Final, Literal

from detente.canonical.content import Citation
from detente.canonical.extras import Json, Obj
from detente.dialects._codec.fields import items, member_or_none, text_or_none
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import foreign, laid_over, rest
from detente.dialects.bedrock_converse.words import CITATION, DIALECT

_Unit = Literal["character", "page", "chunk", "search_result"]
_UNITS: Final[dict[str, _Unit]] = {
    "documentChar": "character",
    "documentPage": "page",
    "documentChunk": "chunk",
    "searchResultLocation": "search_result",
}
_LOCATIONS: Final = {
    "character": "documentChar",
    "page": "documentPage",
    "chunk": "documentChunk",
    "block": "documentChunk",
    "search_result": "searchResultLocation",
}
_INDEXES: Final = {"searchResultLocation": "searchResultIndex"}
_INDEX: Final = "documentIndex"


def citation_of(wire: Obj) -> Citation:
    """One citation, in an answer or in a stream; raises `Misfit`."""
    location = member_or_none(wire, "location") or {}
    web = location.get("web")
    where = next((name for name in _UNITS if type(location.get(name)) is dict), None)
    source = text_or_none(wire, "source")
    spelling: Obj = {}
    url = source
    index = start = end = None
    if type(web) is dict:
        url = text_or_none(web, "url")
        if source is not None:
            spelling["source"] = source
    place = location.get(where) if where is not None else None
    if type(place) is dict and where is not None:
        index = _whole(place.get(_INDEXES.get(where, _INDEX)))
        start, end = _whole(place.get("start")), _whole(place.get("end"))
    citation = Citation(
        kind="url" if type(web) is dict else "document",
        url=url,
        title=text_or_none(wire, "title"),
        quote=_quote(wire),
        source_index=index,
        source_start=start,
        source_end=end,
        unit=_UNITS[where] if where is not None else None,
    )
    return _with_rest(citation, wire, spelling)


def citation_object(citation: Citation, losses: Losses, path: str) -> Obj:
    """One citation as Converse tells it."""
    if citation.start is not None or citation.end is not None:
        losses.lose("citations", path, "Converse cites whole blocks, not ranges of a text")
    if citation.file_id is not None:
        losses.lose("citations", f"{path}.file_id", "Converse cites no uploaded files")
    for name, _ in foreign((citation.extras,), DIALECT):
        losses.lose("unknown_member", f"{path}.{name}", "the member is unknown to Converse")
    return laid_over(_plain(citation), citation.extras, DIALECT)


def _plain(citation: Citation) -> Obj:
    wire: Obj = {}
    if citation.title is not None:
        wire["title"] = citation.title
    if citation.quote is not None:
        wire["sourceContent"] = [{"text": citation.quote}]
    if citation.kind == "url":
        if citation.url is not None:
            wire["location"] = {"web": {"url": citation.url}}
        return wire
    if citation.url is not None:
        wire["source"] = citation.url
    if citation.unit is not None:
        name = _LOCATIONS[citation.unit]
        told = {
            _INDEXES.get(name, _INDEX): citation.source_index,
            "start": citation.source_start,
            "end": citation.source_end,
        }
        wire["location"] = {name: {key: value for key, value in told.items() if value is not None}}
    return wire


def _with_rest(citation: Citation, wire: Obj, spelling: Obj) -> Citation:
    """`citation` with what it does not say of `wire`: several pieces of a quote, a domain."""
    told = _plain(citation)
    for key in ("sourceContent", "location"):
        value = wire.get(key)
        if value is not None and value != told.get(key):
            spelling[key] = value
    extras = rest(wire, CITATION, DIALECT, spelling=spelling or None)
    if extras is None:
        return citation
    return Citation(
        kind=citation.kind,
        url=citation.url,
        title=citation.title,
        quote=citation.quote,
        source_index=citation.source_index,
        source_start=citation.source_start,
        source_end=citation.source_end,
        unit=citation.unit,
        extras=extras,
    )


def _quote(wire: Obj) -> str | None:
    pieces = [
        piece["text"]
        for piece in items(wire, "sourceContent")
        if type(piece) is dict and type(piece.get("text")) is str
    ]
    return "".join(str(piece) for piece in pieces) if pieces else None


def _whole(value: Json) -> int | None:
    return value if type(value) is int else None
