"""What comes with an answer's text: citations and log probabilities.

>>> citation_of({"type": "url_citation", "url": "https://a.example", "title": "A",
...              "start_index": 0, "end_index": 4}).url
'https://a.example'
"""

from detente.canonical.content import Citation, TokenLogprob
from detente.canonical.extras import Extras, Json, Obj
from detente.dialects._codec.fields import (
    Misfit,
    each,
    integer_or_none,
    number_or_none,
    text_or_none,
)
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import laid_over, rest
from detente.dialects.openai_responses.words import (
    DIALECT,
    FILE_CITATIONS,
    LOGPROB,
    URL_CITATION,
)


def citation_of(wire: Obj) -> Citation:
    """An annotation. One of a file is kept as written, too; an unknown one, as unknown."""
    kind = wire.get("type")
    if kind == "url_citation":
        return Citation(
            kind="url",
            url=text_or_none(wire, "url"),
            title=text_or_none(wire, "title"),
            start=integer_or_none(wire, "start_index"),
            end=integer_or_none(wire, "end_index"),
            extras=rest(wire, URL_CITATION, DIALECT),
        )
    if kind in FILE_CITATIONS:
        start = integer_or_none(wire, "start_index")
        return Citation(
            kind="file",
            title=text_or_none(wire, "filename"),
            file_id=text_or_none(wire, "file_id"),
            start=start if start is not None else integer_or_none(wire, "index"),
            end=integer_or_none(wire, "end_index"),
            extras=Extras(dialect=DIALECT, spelling=wire),
        )
    return Citation(kind="document", extras=Extras(dialect=DIALECT, members=wire, marks=("whole",)))


def annotation_of(
    citation: Citation, text: str, path: str, losses: Losses, *, own: bool
) -> Obj | None:
    """A citation as an annotation of `text`, None where there is none that means it; one of an
    answer that came in this dialect (`own`) has no more members than it had."""
    extras = citation.extras
    if (
        extras is not None
        and extras.dialect == DIALECT
        and (citation.kind == "file" or "whole" in extras.marks)
    ):
        return {**extras.spelling, **extras.members}
    if citation.kind == "url" and citation.url is not None:
        wire: Obj = {"type": "url_citation"}
        if citation.end is not None or not own:
            wire["end_index"] = len(text) if citation.end is None else citation.end
        if citation.start is not None or not own:
            wire["start_index"] = citation.start or 0
        if citation.title is not None or not own:
            wire["title"] = citation.title or citation.url
        wire["url"] = citation.url
        if citation.quote is not None:
            losses.lose("citations", f"{path}.quote", "an annotation does not quote its source")
        return laid_over(wire, extras, DIALECT)
    if citation.kind == "file" and citation.file_id is not None:
        return {
            "type": "file_citation",
            "file_id": citation.file_id,
            "filename": citation.title or citation.file_id,
            "index": citation.start or 0,
        }
    losses.lose("citations", path, "annotations cite web pages and uploaded files only")
    return None


def annotations_of(
    citations: tuple[Citation, ...], text: str, path: str, losses: Losses, *, own: bool
) -> list[Json]:
    """All citations of a text as annotations."""
    found = (
        annotation_of(citation, text, f"{path}.citations[{at}]", losses, own=own)
        for at, citation in enumerate(citations)
    )
    return [wire for wire in found if wire is not None]


def logprob_of(wire: Obj) -> TokenLogprob:
    """One token's log probability."""
    value = number_or_none(wire, "logprob")
    spelt: Obj | None = None
    if value is None:
        value = 0.0
        spelt = {"logprob": None}
    octets = wire.get("bytes")
    return TokenLogprob(
        token=text_or_none(wire, "token") or "",
        logprob=value,
        bytes=_octets(octets),
        top=each(wire, "top_logprobs", logprob_of),
        extras=rest(wire, LOGPROB, DIALECT, spelling=spelt),
    )


def logprob_wire(logprob: TokenLogprob, *, whole: bool, own: bool = False) -> Obj:
    """The same for a client; `whole` is as bodies have it, events leave the bytes out."""
    wire = _token_wire(logprob, whole=whole and not own)
    if logprob.top or not own:
        wire["top_logprobs"] = [
            laid_over(_token_wire(top, whole=whole and not own), top.extras, DIALECT)
            for top in logprob.top
        ]
    return laid_over(wire, logprob.extras, DIALECT)


def _token_wire(logprob: TokenLogprob, *, whole: bool) -> Obj:
    wire: Obj = {"token": logprob.token, "logprob": logprob.logprob}
    if logprob.bytes is not None:
        wire["bytes"] = list(logprob.bytes)
    elif whole:
        wire["bytes"] = list(logprob.token.encode("utf-8", "replace"))
    return wire


def _octets(value: Json) -> tuple[int, ...] | None:
    if value is None:
        return None
    if type(value) is not list:
        raise Misfit("bytes", "must be a list")
    octets: list[int] = []
    for octet in value:
        if type(octet) is not int:
            raise Misfit("bytes", "must be a list of whole numbers")
        octets.append(octet)
    return tuple(octets)
