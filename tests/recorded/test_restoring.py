"""Recorded answers, with stand-ins for words of theirs and cut anew, come back as they were."""

import json
import random
import re
from collections.abc import Iterator

from detente.canonical.content import Part, Reasoning, Text, ToolCall
from detente.canonical.events import Delta, Event, PartKind, PartStopped
from detente.canonical.extras import Json
from detente.canonical.failure import ProviderFault
from detente.canonical.model import Dialect
from detente.dialects import codec_of
from detente.guardrails.event_restoring import EventRestorer
from detente.guardrails.pseudonyms import Pseudonyms, Replacement
from tests.dialects.roundtrip import events_of
from tests.recorded.exchanges import Exchange, exchanges

NAMES: dict[str, Dialect] = {
    "openai-chat": "openai_chat",
    "openai-responses": "openai_responses",
    "anthropic-messages": "anthropic_messages",
}
"""The dialects of what is recorded; embeddings and counts say no words."""
WORD = re.compile(r"[A-Za-z][\w'\"-]{4,}|[0-9]{5,}")


def parts_of(row: Exchange) -> Iterator[tuple[PartKind, str]]:
    """What the answer says, by kind."""
    codec = codec_of(NAMES[row.dialect])
    assert codec is not None
    body = row.response.text.encode()
    if row.stream:
        texts: dict[tuple[int, int, PartKind], str] = {}
        for event in events_of(codec.stream_decoder(), iter((body,))):
            if isinstance(event, Delta):
                key = (event.choice, event.index, event.kind)
                texts[key] = texts.get(key, "") + event.text
        for (_, _, kind), text in texts.items():
            yield kind, text
        return
    try:
        response = codec.decode_response(body)
    except ProviderFault:
        return  # an error in an answer's clothes
    for choice in response.choices:
        for part in choice.parts:
            yield words_of(part)


def words_of(part: Part) -> tuple[PartKind, str]:
    """What a part says; nothing for those that say no words."""
    match part:
        case Text():
            return "text", part.text
        case Reasoning():
            return "reasoning", part.text
        case ToolCall():
            return "tool_call", part.arguments
        case _:
            return "audio", ""


def with_stand_ins(text: str, pseudonyms: Pseudonyms, chance: random.Random) -> str:
    """`text` with stand-ins for a third of its words."""
    spans = [
        Replacement(start=word.start(), end=word.end(), category=chance.choice(("person", "a_b")))
        for word in WORD.finditer(text)
        if chance.random() < 0.3
    ]
    return pseudonyms.replaced(text, spans)


def changed(value: Json, pseudonyms: Pseudonyms, chance: random.Random) -> Json:
    """A JSON value with stand-ins in its strings and keys."""
    match value:
        case str():
            return with_stand_ins(value, pseudonyms, chance)
        case list():
            return [changed(inner, pseudonyms, chance) for inner in value]
        case dict():
            return {
                with_stand_ins(key, pseudonyms, chance): changed(inner, pseudonyms, chance)
                for key, inner in value.items()
            }
        case _:
            return value


def streamed(kind: PartKind, text: str, pseudonyms: Pseudonyms, chance: random.Random) -> str:
    """`text` through a stream, in pieces of a few characters."""
    restorer = EventRestorer(pseudonyms.originals)
    out: list[Event] = []
    at = 0
    while at < len(text):
        size = chance.choice((1, 2, 3, 5, 8, 40))
        out += restorer.feed(Delta(kind=kind, index=0, text=text[at : at + size]))
        at += size
    out += restorer.feed(PartStopped(index=0))
    assert restorer.close() == []
    return "".join(event.text for event in out if isinstance(event, Delta))


def test_words_come_back() -> None:
    chance = random.Random(11)
    restored = 0
    for row in exchanges():
        if row.response.status != 200 or row.dialect not in NAMES:
            continue
        for kind, text in parts_of(row):
            if kind == "audio":
                continue
            pseudonyms = Pseudonyms(b"a key of one project")
            if kind == "tool_call":
                try:
                    value = json.loads(text)
                except ValueError:
                    continue  # cut off by its limit
                made = json.dumps(
                    changed(value, pseudonyms, chance), ensure_ascii=chance.random() < 0.5
                )
                assert json.loads(streamed(kind, made, pseudonyms, chance)) == value, row.id
            else:
                made = with_stand_ins(text, pseudonyms, chance)
                assert streamed(kind, made, pseudonyms, chance) == text, row.id
            restored += len(pseudonyms.originals)
    assert restored > 5_000
