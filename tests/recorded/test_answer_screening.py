"""Recorded answers that are screened come out as they were but for marks, whole and streamed."""

import random
import re
from collections.abc import Iterator

from detente.canonical.events import Delta, Event, Framed
from detente.canonical.failure import ProviderFault
from detente.canonical.guardrail import Policy
from detente.canonical.response import Response
from detente.dialects import codec_of
from detente.guardrails.answer_judging import AnswerRules
from detente.guardrails.answer_screening import screened_response
from detente.guardrails.detectors import DETECTORS
from detente.guardrails.event_screening import EventScreen
from detente.guardrails.policy import Applied, Treatments
from detente.guardrails.screening import Screen
from tests.dialects.roundtrip import events_of
from tests.recorded.exchanges import exchanges
from tests.recorded.test_restoring import NAMES

MARK = re.compile(r"\[(?:[A-Z]+_?)+\]")
FEW = 100
"""Of whole answers and of streams, drawn by a seed, to be quick."""


def rules_of(treatment: Applied) -> AnswerRules:
    return AnswerRules(
        screen=Screen(DETECTORS),
        treatments=Treatments(input={}, output={}, others_output=treatment),
        policies=(Policy(name="p", on_unread="allow"),),
        originals={},
    )


PASSING = rules_of(Applied(treatment="flag", policy="p"))
MASKING = rules_of(Applied(treatment="mask", policy="p"))


def bodies(*, stream: bool) -> Iterator[tuple[str, str, bytes]]:
    rows = [
        row
        for row in exchanges()
        if row.response.status == 200 and row.dialect in NAMES and row.stream is stream
    ]
    for row in random.Random(3).sample(rows, min(FEW, len(rows))):
        yield row.id, row.dialect, row.response.text.encode()


def texts_of(events: list[Event]) -> dict[tuple[int, int], str]:
    texts: dict[tuple[int, int], str] = {}
    for event in events:
        if isinstance(event, Delta):
            key = event.choice, event.index
            texts[key] = texts.get(key, "") + event.text
    return texts


def streamed(events: list[Event], rules: AnswerRules) -> list[Event]:
    screen = EventScreen(rules)
    out = [made for event in events for made in screen.feed(event)] + screen.close()
    assert not screen.holds
    return out


def test_streams_come_out_as_they_were_where_nothing_is_masked() -> None:
    seen = 0
    for name, dialect, body in bodies(stream=True):
        codec = codec_of(NAMES[dialect])
        assert codec is not None
        events = events_of(codec.stream_decoder(), iter((body,)))
        out = streamed(events, PASSING)
        kept = [event for event in events if not isinstance(event, Framed)]
        assert texts_of(out) == texts_of(events), name
        others = [event for event in out if not isinstance(event, Delta)]
        assert others == [event for event in kept if not isinstance(event, Delta)], name
        masked = texts_of(streamed(events, MASKING))
        for key, text in texts_of(events).items():
            for piece in MARK.split(masked.get(key, "")):
                assert piece.strip('"') in text, name
        seen += len(events)
    assert seen > 1_000


def test_whole_answers_come_out_as_they_were_where_nothing_is_masked() -> None:
    seen = 0
    for name, dialect, body in bodies(stream=False):
        codec = codec_of(NAMES[dialect])
        assert codec is not None
        try:
            response: Response = codec.decode_response(body)
        except ProviderFault:
            continue  # an error in an answer's clothes
        assert screened_response(response, PASSING).response == response, name
        seen += 1
    assert seen > 20
