"""What a client gets that is blocked: an error, or its own API's word for a refusal. Pure.

A blocked request is an error (403 `guardrail_blocked`), in whichever shape the client's dialect has
for errors. A blocked answer ends as if a filter of the client's own platform had ended it: what was
sent before stays, what was not is never sent. Where a dialect has no word for that (`WORDLESS`),
its clients would take what they have for a whole answer, so they get the error, too.

Not here: how that is written down; encoders know.

>>> refusal_of([Screened(policy="p", stage="input", detector="email", category="email",
...                      treatment="block", count=1)]).failure.status
403
"""

from collections.abc import Iterable, Sequence
from typing import Final, assert_never

import msgspec

from detente.canonical.events import (
    Cited,
    Delta,
    Ended,
    Event,
    Failed,
    Filtered,
    Framed,
    PartGiven,
    PartStarted,
    PartStopped,
    Pinged,
    Started,
    StateGiven,
    Stopped,
    UsageReported,
)
from detente.canonical.evidence import FAILED, UNREAD
from detente.canonical.failure import Blame, Failure, Fault
from detente.canonical.guardrail import Screened
from detente.canonical.model import Dialect
from detente.canonical.request import Request
from detente.canonical.response import Choice, Response

WORDLESS: Final = frozenset[Dialect](("cohere_chat", "ollama_chat"))
"""Dialects with no reason that says that an answer was withheld. Cohere's are `COMPLETE`,
`STOP_SEQUENCE`, `MAX_TOKENS`, `TOOL_CALL`, `ERROR`, `TIMEOUT` (`ChatFinishReason` of its client
7.3.1); of Ollama's, `stop` and `length` end an answer. Read 2026-11-22."""
COHERES_FORM: Final = "COHEREV2"
"""The mark of a request in Oracle's spelling of Cohere's API, which has Cohere's reasons
(`CohereChatResponseV2` of oci 2.189.0, read 2026-11-22)."""
NAMES_MAX: Final = 5
"""Categories that one sentence names."""
CHOICES_MAX: Final = 128
"""Choices of one stream that are kept track of: what OpenAI's API allows as `n`."""
_CALLS: Final = ("tool_call", "custom_call")


class GuardrailRefusal(Fault):
    """A policy on content blocks the request or the answer; nothing of either is in its words."""

    def __init__(self, message: str, *, blame: Blame) -> None:
        self.blame = blame
        super().__init__("guardrail_blocked", message)


def refusal_of(found: Iterable[Screened]) -> GuardrailRefusal:
    """The error that says what was blocked, and by which policy (the first, where there are more).

    It blames the client for what it sent, and us for a detector that failed.
    """
    told = tuple(found)
    blocked = [one for one in told if one.treatment == "block"] or [
        one
        for one in told
        if one.treatment in ("elsewhere", "hold")  # which nobody could do
    ]
    if not blocked:
        return GuardrailRefusal("a policy on content blocks this; ask otherwise", blame="client")
    first = blocked[0]
    alike = [one for one in blocked if (one.policy, one.stage) == (first.policy, first.stage)]
    where = "request" if first.stage == "input" else "answer"
    who = f"policy `{first.policy}`" if first.policy else "the platform"
    categories = tuple(dict.fromkeys(one.category for one in alike))
    found_ones = [name for name in categories if name not in (FAILED, UNREAD)]
    if found_ones:
        cure = "take it out" if where == "request" else "ask for something else"
        return GuardrailRefusal(
            f"{who} blocks the {where} for {_names(found_ones)}; {cure}", blame="client"
        )
    if UNREAD in categories:
        cure = "send text only" if where == "request" else "ask for text only"
        return GuardrailRefusal(
            f"{who} blocks parts of the {where} that cannot be looked at; {cure}", blame="client"
        )
    names = _names(list(dict.fromkeys(one.detector for one in alike)))
    return GuardrailRefusal(
        f"{who} blocks the {where}, since {names} could not look at it; try again later",
        blame="ours",
    )


def has_word(client: Dialect, request: Request | None) -> bool:
    """Whether an answer to `request` can say in `client` that it was withheld."""
    extras = None if request is None else request.extras
    coheres = extras is not None and extras.dialect == client and COHERES_FORM in extras.marks
    return client not in WORDLESS and not coheres


def blocked_response(
    response: Response, refusal: GuardrailRefusal, *, worded: bool
) -> Response | Failure:
    """What a client gets in place of a whole answer: the same answer with nothing in it, ended by a
    filter; an error where its dialect has no word for that (`worded`, see `has_word`).

    What platforms said beside the answer goes with it: it may quote what was blocked. The usage
    stays.
    """
    if not worded:
        return refusal.failure
    indexes = [choice.index for choice in response.choices] or [0]
    return Response(
        id=response.id,
        model=response.model,
        choices=tuple(Choice(index=index, parts=(), stop="content_filter") for index in indexes),
        created_s=response.created_s,
        usage=response.usage,
        service_tier=response.service_tier,
    )


class StreamEnd(msgspec.Struct, frozen=True, kw_only=True):
    """How a blocked stream ends: by `events`, or, where `failure` is set, by that error alone."""

    events: tuple[Event, ...] = ()
    failure: Failure | None = None


class StreamBlocker:
    """Follows the events that a client is sent, to end them at any place as its dialect would.

    >>> blocker = StreamBlocker(worded=has_word("openai_chat", request))
    >>> blocker.follow([Started(id="r", model="m"), PartStarted(kind="text", index=0)])
    >>> [type(event).__name__ for event in blocker.ended(refusal).events]
    ['PartStopped', 'Stopped', 'Ended']
    """

    __slots__ = ("_choices", "_open", "_over", "_started", "_stopped", "_usage", "_worded")

    def __init__(self, *, worded: bool) -> None:
        self._worded = worded
        self._started = False
        self._over = False
        self._open: dict[tuple[int, int], PartStarted] = {}
        self._choices: set[int] = set()
        self._stopped: set[int] = set()
        self._usage: UsageReported | None = None

    def follow(self, events: Iterable[Event]) -> None:
        """These events went to the client."""
        for event in events:
            if type(event) is not Delta:  # by far the most of them, and it opens nothing
                self._follow(event)

    def ended(
        self,
        refusal: GuardrailRefusal,
        *,
        start: Started | None = None,
        usage: UsageReported | None = None,
    ) -> StreamEnd:
        """What the client is sent now in place of the rest; nothing may follow it.

        Open parts are closed, each choice that has not ended is ended by a filter, and the usage
        is told: `usage`, else what was reported so far. `start` is the beginning, where none was
        sent. A call that is cut off stays open, so that no encoder takes it for a whole one. Where
        each choice has already told why it ended, or there are more than anybody asks for, only an
        error is left to say.
        """
        if self._over:
            return StreamEnd()
        self._over = True
        choices = sorted((self._choices or {0}) - self._stopped)
        if not self._worded or not choices or len(self._choices) > CHOICES_MAX:
            return StreamEnd(failure=refusal.failure)
        events: list[Event] = []
        if not self._started:
            events.append(start or Started(id="", model=""))
        for (choice, index), part in sorted(self._open.items(), key=_place):
            if part.kind not in _CALLS:
                events.append(PartStopped(index=index, choice=choice))
        events += [Stopped(stop="content_filter", choice=choice) for choice in choices]
        told = usage or self._usage
        if told is not None:
            events.append(told)
        events.append(Ended())
        return StreamEnd(events=tuple(events))

    def _follow(self, event: Event) -> None:
        match event:
            case Started():
                self._started = True
            case PartStarted():
                self._meet(event.choice)
                self._open[event.choice, event.index] = event
            case PartStopped():
                self._open.pop((event.choice, event.index), None)
            case PartGiven():
                self._meet(event.choice)
            case Stopped():
                self._meet(event.choice)
                if event.choice in self._choices:
                    self._stopped.add(event.choice)
            case UsageReported():
                self._usage = event
            case Ended() | Failed():
                self._over = True
            case Delta() | StateGiven() | Cited() | Filtered() | Framed() | Pinged():
                pass
            case _:
                assert_never(event)

    def _meet(self, choice: int) -> None:
        if len(self._choices) <= CHOICES_MAX:  # one too many is told by an error
            self._choices.add(choice)


def _place(opened: tuple[tuple[int, int], PartStarted]) -> tuple[int, int]:
    return opened[0]


def _names(names: Sequence[str]) -> str:
    """`a`, `b` and 3 more."""
    told = ", ".join(f"`{name}`" for name in names[:NAMES_MAX])
    more = len(names) - NAMES_MAX
    return f"{told} and {more} more" if more > 0 else told
