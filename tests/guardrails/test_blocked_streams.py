"""Recorded streams, blocked at any event, in every dialect: complete, refused, with what was sent.

What is written is read by the dialect's own decoder; the official clients' reading is
`test_blocking`'s.
"""

import random
from collections.abc import Iterable, Sequence
from typing import Final

import pytest
from tests.guardrails.test_blocking import REFUSAL, codec, reply
from tests.pairs.recordings import FIVE, recordings

from detente.canonical.content import Refusal, Text
from detente.canonical.events import (
    Delta,
    Ended,
    Event,
    Failed,
    PartGiven,
    PartStarted,
    PartStopped,
    Stopped,
)
from detente.canonical.model import Dialect
from detente.dialects import CODECS
from detente.guardrails.blocking import WORDLESS, StreamBlocker

SEED: Final = 7
STREAMS_EACH: Final = 12
CUTS_EACH: Final = 4
WORDED: Final = [one.name for one in CODECS if one.name not in WORDLESS]
SAID: Final = ("text", "refusal")
STOPS: Final = {"content_filter", "refusal"}


def said(events: Iterable[Event]) -> str:
    """The words of the first choice; not all dialects tell a refusal from a text."""
    told: list[str] = []
    for event in events:
        if isinstance(event, Delta) and event.choice == 0 and event.kind in SAID:
            told.append(event.text)
        elif isinstance(event, PartGiven) and isinstance(event.part, Text | Refusal):
            told.append(event.part.text)
    return "".join(told)


def events_of(upstream: Dialect) -> list[list[Event]]:
    """The events of some recorded streams, up to where they tell why they ended."""
    found: list[list[Event]] = []
    chance = random.Random(SEED)
    streams = [one for one in recordings(upstream) if one.stream]
    for recording in chance.sample(streams, min(STREAMS_EACH, len(streams))):
        decoder = recording.codec.stream_decoder()
        events = [*decoder.feed(recording.body), *decoder.close()]
        ends = [at for at, one in enumerate(events) if isinstance(one, Stopped | Failed)]
        found.append(events[: ends[0]] if ends else events)
    return found


def one_after_the_other(events: Sequence[Event]) -> bool:
    """Whether no part begins within another: of those that wait, the end alone would tell."""
    open_parts: set[int] = set()
    for event in events:
        if isinstance(event, PartStarted):
            if open_parts:
                return False
            open_parts.add(event.index)
        elif isinstance(event, PartStopped):
            open_parts.discard(event.index)
    return True


@pytest.mark.parametrize("client", WORDED)
@pytest.mark.parametrize("upstream", FIVE)
def test_a_recorded_stream_that_is_blocked(upstream: Dialect, client: Dialect) -> None:
    chance = random.Random(SEED)
    for events in events_of(upstream):
        for count in chance.sample(range(len(events) + 1), min(CUTS_EACH, len(events) + 1)):
            sent = events[:count]
            blocker = StreamBlocker(worded=True)
            blocker.follow(sent)
            end = blocker.ended(REFUSAL)
            encoder = codec(client).stream_encoder(reply(client))
            body = b"".join(encoder.feed([event]) for event in sent) + encoder.feed(end.events)
            decoder = codec(client).stream_decoder()
            read = [*decoder.feed(body), *decoder.close()]
            assert isinstance(read[-1], Ended), (count, read[-1])
            stops = [one for one in read if isinstance(one, Stopped) and one.choice == 0]
            assert [one.stop in STOPS for one in stops] == [True], (count, stops)
            if one_after_the_other(sent):
                assert said(read) == said(sent), count
