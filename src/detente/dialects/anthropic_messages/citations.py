"""Citations of a text, in both directions.

Four kinds point into a document of the request (characters, pages, blocks, a search result's
blocks), one at a page on the web; that one's `encrypted_index` is the platform's own and comes back
with it.

>>> decode_citation({"type": "page_location", "cited_text": "yes", "document_index": 0,
...                  "document_title": None, "start_page_number": 1, "end_page_number": 2}).unit
'page'
"""

from typing import Final, Literal

from detente.canonical.content import Citation
from detente.canonical.extras import Extras, Obj
from detente.dialects._codec.fields import integer_or_none, text, text_or_none
from detente.dialects._codec.rest import laid_over, rest
from detente.dialects.anthropic_messages.words import NAME

Unit = Literal["character", "page", "block"]

_PLACES: Final[dict[str, tuple[Unit, str, str]]] = {
    "char_location": ("character", "start_char_index", "end_char_index"),
    "page_location": ("page", "start_page_number", "end_page_number"),
    "content_block_location": ("block", "start_block_index", "end_block_index"),
}
_KIND_OF_UNIT: Final = {unit: kind for kind, (unit, _, _) in _PLACES.items()}

_DOCUMENT: Final = frozenset(("type", "cited_text", "document_index", "document_title", "file_id"))
_KNOWN: Final = {kind: _DOCUMENT | {start, end} for kind, (_, start, end) in _PLACES.items()} | {
    "search_result_location": frozenset(
        (
            "type",
            "cited_text",
            "search_result_index",
            "source",
            "title",
            "start_block_index",
            "end_block_index",
        )
    ),
    "web_search_result_location": frozenset(
        ("type", "cited_text", "encrypted_index", "title", "url")
    ),
}


def decode_citation(wire: Obj) -> Citation:
    """One citation; raises `Misfit`. An unknown kind keeps what it said as unknown members."""
    kind = text(wire, "type")
    if kind in _PLACES:
        return _of_document(wire, kind)
    if kind == "search_result_location":
        return Citation(
            kind="document",
            url=text_or_none(wire, "source"),
            title=text_or_none(wire, "title"),
            quote=text_or_none(wire, "cited_text"),
            source_index=integer_or_none(wire, "search_result_index"),
            source_start=integer_or_none(wire, "start_block_index"),
            source_end=integer_or_none(wire, "end_block_index"),
            unit="search_result",
            extras=rest(wire, _KNOWN[kind], NAME),
        )
    if kind == "web_search_result_location":
        return Citation(
            kind="url",
            url=text_or_none(wire, "url"),
            title=text_or_none(wire, "title"),
            quote=text_or_none(wire, "cited_text"),
            extras=_web_rest(wire, kind),
        )
    members = {name: value for name, value in wire.items() if name != "cited_text"}
    return Citation(
        kind="document",
        quote=text_or_none(wire, "cited_text"),
        extras=Extras(dialect=NAME, members=members),
    )


def encode_citation(citation: Citation) -> Obj:
    """The citation as a client of this API is given it."""
    extras = citation.extras
    if extras is not None and extras.dialect == NAME and "type" in extras.members:
        wire: Obj = {} if citation.quote is None else {"cited_text": citation.quote}
    else:
        wire = _web(citation) if citation.kind == "url" else _located(citation)
    return laid_over(wire, extras, NAME)


def is_native(citation: Citation) -> bool:
    """Whether the platform takes the citation back: a document's place in the request, or a page's
    own index."""
    if citation.kind == "url":
        extras = citation.extras
        return (
            extras is not None
            and extras.dialect == NAME
            and bool(extras.spelling.get("encrypted_index"))
        )
    if citation.extras is not None and citation.extras.dialect == NAME:
        return True
    return (
        citation.unit in ("character", "page", "block", "search_result")
        and citation.source_index is not None
        and citation.source_start is not None
        and citation.source_end is not None
        and citation.quote is not None
    )


def _of_document(wire: Obj, kind: str) -> Citation:
    unit, start, end = _PLACES[kind]
    return Citation(
        kind="document",
        title=text_or_none(wire, "document_title"),
        quote=text_or_none(wire, "cited_text"),
        file_id=text_or_none(wire, "file_id"),
        source_index=integer_or_none(wire, "document_index"),
        source_start=integer_or_none(wire, start),
        source_end=integer_or_none(wire, end),
        unit=unit,
        extras=rest(wire, _KNOWN[kind], NAME),
    )


def _web_rest(wire: Obj, kind: str) -> Extras | None:
    spelling: Obj = {}
    if "encrypted_index" in wire:
        spelling["encrypted_index"] = wire["encrypted_index"]
    return rest(wire, _KNOWN[kind], NAME, spelling=spelling)


def _web(citation: Citation) -> Obj:
    wire: Obj = {
        "type": "web_search_result_location",
        "cited_text": citation.quote or "",
        "encrypted_index": "",
        "url": citation.url or "",
    }
    if citation.title is not None:
        wire["title"] = citation.title
    return wire


def _located(citation: Citation) -> Obj:
    """A place in a document; what is not known of it is 0, for the clients' types want numbers."""
    first, last = citation.source_start or 0, citation.source_end or 0
    if citation.unit == "search_result":
        found: Obj = {
            "type": "search_result_location",
            "cited_text": citation.quote or "",
            "search_result_index": citation.source_index or 0,
            "source": citation.url or "",
            "start_block_index": first,
            "end_block_index": last,
        }
        if citation.title is not None:
            found["title"] = citation.title
        return found
    kind = _KIND_OF_UNIT.get(citation.unit or "", "content_block_location")
    _, start, end = _PLACES[kind]
    wire: Obj = {
        "type": kind,
        "cited_text": citation.quote or "",
        "document_index": citation.source_index or 0,
        start: first,
        end: last,
    }
    if citation.title is not None:
        wire["document_title"] = citation.title
    if citation.file_id is not None:
        wire["file_id"] = citation.file_id
    return wire
