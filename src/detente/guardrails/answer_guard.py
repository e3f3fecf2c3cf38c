"""One answer on its way to the client: looked at, then given its originals, or blocked.

The order is what makes it safe. First the model's own words are looked at, with stand-ins in them,
so that what is put back is never taken for a finding; then originals are put back; and where
something is blocked, the answer ends as the client's dialect ends one that a filter withheld.
Pure: time, and what platforms say beside the answer, come from outside.

>>> guard = AnswerGuard(governed=governed, treatments=treatments, screen=screen,
...                     originals={"⟨EMAIL_abcdefghijklm⟩": "ann@contoso.com"},
...                     structured=False, worded=True)
>>> guard.response(response).choices[0].parts[0].text
'to ann@contoso.com'
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from msgspec.structs import replace

from detente.canonical.events import Event, Started, UsageReported
from detente.canonical.failure import Failure
from detente.canonical.guardrail import Screened
from detente.canonical.response import Response
from detente.canonical.safety import SafetySignal
from detente.canonical.usage import Usage, in_tier
from detente.guardrails.answer_screening import AnswerRules, screened_response
from detente.guardrails.blocking import (
    GuardrailRefusal,
    StreamBlocker,
    blocked_response,
    refusal_of,
)
from detente.guardrails.collecting import Collected, texts_of
from detente.guardrails.event_restoring import EventRestorer
from detente.guardrails.event_screening import EventScreen
from detente.guardrails.evidence import failures
from detente.guardrails.policy import Treatments
from detente.guardrails.response_restoring import restored_response
from detente.guardrails.risk import RISKS, evidence_of, risk_of
from detente.guardrails.rulebook import Governed
from detente.guardrails.screening import Screen

TOO_LONG: Final = "the answer is longer than can be looked at as a whole; ask for less"
LOOKED_CHARACTERS_MAX: Final = 4 * 1024 * 1024
"""Of a whole answer, which is looked at in one go: a second's work, and far more than any model
says."""
_NOTHING: Final[list[Event]] = []


class AnswerGuard:
    """See the module; for one answer, whole (`response`) or streamed (`events`). Without a
    `screen` nobody looks at it. `begun` is told as soon as the answer has an id, and may raise
    `GuardrailRefusal`. One that `collects` gives nothing of a stream before `released`, and has its
    `texts`, for whoever is to look at them elsewhere.

    `screened` is what was found in it and done. `refusal` is why it is withheld, None where it is
    not; `failure` is set where only an error can say so. `usage` is what the answer cost, which is
    owed however it ends.
    """

    def __init__(
        self,
        *,
        governed: Governed,
        treatments: Treatments,
        screen: Screen | None,
        originals: Mapping[str, str],
        structured: bool,
        worded: bool,
        collects: bool = False,
        begun: Callable[[Response | Started], None] | None = None,
    ) -> None:
        self.refusal: GuardrailRefusal | None = None
        self.failure: Failure | None = None
        self.usage: Usage | None = None
        self.texts: tuple[str, ...] = ()
        self._policies = governed.policies
        self._originals = originals
        self._structured = structured
        self._worded = worded
        self._collects = collects
        self._begun = begun
        self._own: tuple[Screened, ...] = ()
        self._signals: tuple[SafetySignal, ...] = ()
        self._rules: AnswerRules | None = None
        if screen is not None:
            self._rules = AnswerRules(
                screen=screen,
                treatments=treatments,
                policies=governed.policies,
                originals=originals,
                structured=structured,
            )
        self._stream: _Stream | None = None

    @property
    def screened(self) -> tuple[Screened, ...]:
        """What was found in the answer, and done."""
        stream = self._stream
        if stream is None or stream.screen is None:
            return (*self._own, *evidence_of(self._policies, self._signals))
        signals = evidence_of(self._policies, stream.screen.signals)
        return (*stream.screen.screened, *signals)

    @property
    def signals(self) -> tuple[SafetySignal, ...]:
        """Content risks that were found here in a whole answer; those that are to be held, or taken
        elsewhere, have withheld nothing."""
        return self._signals

    @property
    def holds(self) -> bool:
        """Whether something of a stream waits to be looked at, and could go when it is due."""
        stream = self._stream
        if stream is None or stream.screen is None or self._collects:
            return False
        return stream.screen.holds

    def response(self, response: Response) -> Response:
        """The answer as the client may have it; raises `GuardrailRefusal` where only an error can
        say that it is withheld."""
        self.usage = response.usage and in_tier(response.usage, response.service_tier)
        if self.refusal is not None:
            return self._withheld(response, self.refusal)
        if self._begun is not None:
            self._begun(response)
        if self._rules is not None and _is_too_long(response):
            looking = [one.name for one in self._rules.screen.detectors]
            self._own = failures(self._policies, looking, "output")
            if any(one.treatment == "block" for one in self._own):
                return self._withheld(response, refusal_of(self._own))
        elif self._rules is not None:
            found = screened_response(response, replace(self._rules, waits=True))
            response, self._own, self._signals = found.response, found.screened, found.signals
            blocks = any(one.treatment == "block" for one in found.screened)
            verdict = risk_of(self._policies, found.signals)
            if blocks or verdict.treatment == "block":
                return self._withheld(response, refusal_of(self.screened))
        if self._collects:
            self.texts = tuple(texts_of(response))
        if self._originals:
            response = restored_response(response, self._originals, structured=self._structured)
        return response

    def withhold(self, refusal: GuardrailRefusal) -> None:
        """The client does not get this answer, whatever is in it."""
        self.refusal = refusal

    def events(self, events: list[Event]) -> list[Event]:
        """What of a stream may go now; after a block nothing but its end."""
        if self.refusal is not None:
            return _NOTHING
        stream = self._stream or self._new_stream()
        for event in events:
            if isinstance(event, UsageReported):
                self.usage = event.usage
            elif isinstance(event, Started) and self._begun is not None:
                try:
                    self._begun(event)
                except GuardrailRefusal as refusal:
                    return self.block(refusal)
        if stream.screen is not None:
            events = [out for event in events for out in stream.screen.feed(event)]
        return self._passed(stream, events)

    def due(self) -> list[Event]:
        """What has waited for as long as it may."""
        stream = self._stream
        if self.refusal is not None or stream is None or stream.screen is None:
            return _NOTHING
        return self._passed(stream, stream.screen.due())

    def close(self) -> list[Event]:
        """What waited when the stream was over."""
        stream = self._stream
        if self.refusal is not None or stream is None:
            return _NOTHING
        waiting = [] if stream.screen is None else stream.screen.close()
        out = self._passed(stream, waiting)
        if self.refusal is None and stream.restorer is not None:
            last = stream.restorer.close()
            if self._collects:
                stream.collected.events += last
            else:
                stream.blocker.follow(last)
                out += last
        if self._collects and self.refusal is None:
            self.texts = stream.collected.texts
        return out

    def released(self) -> list[Event]:
        """All of a stream that was collected: it may go."""
        stream = self._stream
        if stream is None or self.refusal is not None:
            return _NOTHING
        events, stream.collected = stream.collected.events, Collected()
        stream.blocker.follow(events)
        return events

    def cut(self) -> list[Event]:
        """What waited when the stream broke off, where nothing forbids it."""
        events = self.close()
        return _NOTHING if self.refusal is not None or self._collects else events

    def block(self, refusal: GuardrailRefusal) -> list[Event]:
        """The stream ends here: what the client is sent in place of the rest."""
        self.refusal = refusal
        stream = self._stream or self._new_stream()
        usage = None if self.usage is None else UsageReported(usage=self.usage)
        start = next((one for one in stream.collected.events if isinstance(one, Started)), None)
        end = stream.blocker.ended(refusal, start=start, usage=usage)
        self.failure = end.failure
        return list(end.events)

    def _new_stream(self) -> "_Stream":
        self._stream = _Stream(
            None if self._rules is None else EventScreen(self._rules),
            EventRestorer(self._originals, structured=self._structured)
            if self._originals
            else None,
            StreamBlocker(worded=self._worded),
        )
        return self._stream

    def _passed(self, stream: "_Stream", events: list[Event]) -> list[Event]:
        """Events that were looked at, with their originals; the end where that must be now."""
        if self._collects:
            stream.collected.hear(events)
        if stream.restorer is not None:
            events = [out for event in events for out in stream.restorer.feed(event)]
        if self._collects:
            stream.collected.events += events
            return self._collected(stream)
        stream.blocker.follow(events)
        screen = stream.screen
        if screen is not None and (screen.blocked or self._is_blocking(screen.signals)):
            events = [*events, *self.block(refusal_of(self.screened))]
        return events

    def _collected(self, stream: "_Stream") -> list[Event]:
        """Nothing goes yet; what is longer than may wait does not go at all."""
        screen = stream.screen
        if screen is not None and (screen.blocked or self._is_blocking(screen.signals)):
            return self.block(refusal_of(self.screened))
        if stream.collected.is_full:
            return self.block(GuardrailRefusal(TOO_LONG, blame="ours"))
        return _NOTHING

    def _withheld(self, response: Response, refusal: GuardrailRefusal) -> Response:
        """What the client gets in place of `response`; raises `refusal` where that is an error."""
        self.refusal = refusal
        told = blocked_response(response, refusal, worded=self._worded)
        if isinstance(told, Failure):
            raise refusal
        return told

    def _is_blocking(self, signals: tuple[SafetySignal, ...]) -> bool:
        """Whether content risks that were found here end the answer."""
        if not signals:
            return False
        return risk_of(self._policies, signals).once_begun().treatment == "block"


def _is_too_long(response: Response) -> bool:
    """Whether to look at it would hold others up for seconds: then its detectors have failed."""
    return sum(map(len, texts_of(response))) > LOOKED_CHARACTERS_MAX


class _Stream:
    """What follows one stream."""

    __slots__ = ("blocker", "collected", "restorer", "screen")

    def __init__(
        self, screen: EventScreen | None, restorer: EventRestorer | None, blocker: StreamBlocker
    ) -> None:
        self.screen = screen
        self.restorer = restorer
        self.blocker = blocker
        self.collected = Collected()


def looks_at_answers(governed: Governed, treatments: Treatments, categories: Iterable[str]) -> bool:
    """Whether a detector of these categories has to look at answers of deployments that are treated
    so: else nothing would follow from what it finds."""
    minds_risks = any(
        rule.treatment != "allow" and (not rule.stages or "output" in rule.stages)
        for policy in governed.policies
        for rule in policy.risks
    )
    return any(
        minds_risks if category in RISKS else treatments.of(category, "output").treatment != "allow"
        for category in categories
    )
