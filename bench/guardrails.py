"""What looking for personal data costs: processor time for 2 KB of text, and for each detector.

In this process, with the default detectors: one text as people write, with dates and amounts in it,
and one with an identifier or a look-alike in every line. And what it costs to look at an answer
that streams, per event. Example: `measure(rounds=5).clean_us`.
"""

import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Final

import msgspec

from detente.canonical.events import Delta, Event, PartKind
from detente.canonical.guardrail import Policy
from detente.guardrails.answer_judging import AnswerRules
from detente.guardrails.detector import Detector
from detente.guardrails.detectors import DETECTORS
from detente.guardrails.detectors.national_id import NationalId
from detente.guardrails.detectors.phone import Phone
from detente.guardrails.event_screening import EventScreen
from detente.guardrails.policy import Applied, Treatments
from detente.guardrails.screening import Screen

CALLS: Final = 20
CHARACTERS: Final = 2_048
DELTA_CHARACTERS: Final = (4, 5, 4, 4, 5)
"""Of the deltas of a stream, over and over: a token is about four characters of English."""
DUE_EVENTS: Final = 40
"""What comes in the 500 ms that text may wait by default, of a model that writes 80 tokens a
second."""

_PROSE: Final = (
    "The committee met on 2026-11-22 at 10:36 and went through what was left of the plan. Of 12 "
    "teams 3 had asked for more time, and one for $1,250.00 to finish what it began. It was "
    "said that nobody should wait for the others; whoever is ready may begin. The next part, on "
    "pages 14-18, was put off until spring, since the numbers (42.5 % and 7.1 %) were not sure. "
)
_LINES: Final = (
    *(
        "Ann Lee, ann.lee@example.com, wrote that she moved.",
        "Call her at (415) 555-0132 after six.",
    ),
    *("She paid with 4111 1111 1111 1111 last week.", "Order 7729104412 was sent on 2026-11-02."),
    *("The account is DE89 3704 0044 0532 0130 00, at her bank.", "commit 9f2b6c1d4e8a"),
    *("SSN: 536-22-8726, as she says herself.", "Her machine has 203.0.113.77 in the log."),
    *("It was 00:1b:44:11:3a:b7 before.", "trace 550e8400-e29b-41d4-a716-446655440000"),
    *("Or +44 20 7946 0958 from London.", "v2.31.0.4 was installed, then 2.32.1 again."),
    *("She is at 52.520008, 13.404954 now.", "EAN 4006381333931 on the box."),
)


class Looks(msgspec.Struct, frozen=True, kw_only=True):
    """Microseconds of a look at 2 KB with one region's rules, and with every country's numbers of
    citizens; how many findings the dense text has; and what each detector takes alone.

    `event_…`: of one delta of a stream, of clean text with one region's rules and with all, of
    dense text, of clean text of which what waits is due every `DUE_EVENTS` deltas, and of arguments
    of a tool call in JSON.
    """

    clean_us: float
    dense_us: float
    clean_every_us: float
    dense_every_us: float
    dense_findings: int
    each_us: Mapping[str, tuple[float, float]]
    event_us: float
    event_every_us: float
    event_dense_us: float
    event_due_us: float
    event_call_us: float


def measure(*, rounds: int) -> Looks:
    """Each figure is the median over `rounds` of the mean of a few looks."""
    clean, dense = clean_text(), dense_text()
    screen, every = Screen(of_one_region()), Screen(DETECTORS)
    return Looks(
        clean_us=_cpu_us(lambda: screen.look(clean), rounds),
        dense_us=_cpu_us(lambda: screen.look(dense), rounds),
        clean_every_us=_cpu_us(lambda: every.look(clean), rounds),
        dense_every_us=_cpu_us(lambda: every.look(dense), rounds),
        dense_findings=len(screen.find(dense)),
        each_us={
            detector.name: (
                _cpu_us(lambda find=detector.find: list(find(clean)), rounds),
                _cpu_us(lambda find=detector.find: list(find(dense)), rounds),
            )
            for detector in DETECTORS
        },
        event_us=_event_us(screen, clean, rounds),
        event_every_us=_event_us(every, clean, rounds),
        event_dense_us=_event_us(screen, dense, rounds),
        event_due_us=_event_us(screen, clean, rounds, due_events=DUE_EVENTS),
        event_call_us=_event_us(screen, _call(), rounds, kind="tool_call"),
    )


def of_one_region() -> tuple[Detector, ...]:
    """The default detectors, with one country's telephone numbers and numbers of citizens."""
    own: Mapping[str, Detector] = {"phone": Phone(("US",)), "national_id": NationalId(("US",))}
    return tuple(own.get(detector.name, detector) for detector in DETECTORS)


def clean_text() -> str:
    """2 KB without anything to find."""
    return (_PROSE * (CHARACTERS // len(_PROSE) + 1))[:CHARACTERS]


def dense_text() -> str:
    """2 KB with something to find, or that looks so, in every line."""
    lines = "\n".join(_LINES) + "\n"
    return (lines * (CHARACTERS // len(lines) + 1))[:CHARACTERS]


def deltas(text: str, kind: PartKind = "text") -> list[Event]:
    """`text` as a stream brings it."""
    events: list[Event] = []
    at = 0
    while at < len(text):
        length = DELTA_CHARACTERS[len(events) % len(DELTA_CHARACTERS)]
        events.append(Delta(kind=kind, index=0, text=text[at : at + length]))
        at += length
    return events


def streamed(
    screen: Screen, events: list[Event], due_events: int | None = None
) -> tuple[EventScreen, list[Event]]:
    """What goes of a stream in which every finding is masked, and who looked at it; what waits is
    due every `due_events`."""
    look = EventScreen(_rules(screen))
    out: list[Event] = []
    for number, event in enumerate(events):
        out += look.feed(event)
        if due_events is not None and number % due_events == 0:
            out += look.due()
    return look, out + look.close()


def _event_us(
    screen: Screen,
    text: str,
    rounds: int,
    *,
    due_events: int | None = None,
    kind: PartKind = "text",
) -> float:
    events = deltas(text, kind)
    return _cpu_us(lambda: streamed(screen, events, due_events), rounds) / len(events)


def _rules(screen: Screen) -> AnswerRules:
    masked = Applied(treatment="mask", policy="all")
    return AnswerRules(
        screen=screen,
        treatments=Treatments(input={}, output={}, others_output=masked),
        policies=(Policy(name="all"),),
        originals={},
    )


def _call() -> str:
    """Arguments of a tool call, as models write them."""
    lines = [{"id": number, "title": "Ask the team", "note": _PROSE} for number in range(6)]
    return msgspec.json.encode({"tasks": lines}).decode()


def _cpu_us(call: Callable[[], object], rounds: int) -> float:
    call()
    times: list[int] = []
    for _ in range(rounds):
        began = time.process_time_ns()
        for _ in range(CALLS):
            call()
        times.append(time.process_time_ns() - began)
    return median(times) / CALLS / 1_000
