"""What policies on content make of one request: in which form each deployment may see it, and what
of the answer the client may have.

Made for a request that some policy governs, and for no other. What is found, and what follows, is
for `guardrails`; here are the clock and the order: the request is looked at before anything is
reserved or sent, in turns, so that a large one holds nobody up.
"""

import time
from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from detente.canonical.evidence import kept
from detente.canonical.guardrail import Screened, Stage
from detente.canonical.model import Dialect
from detente.canonical.safety import SafetySignal, told
from detente.canonical.usage import Usage
from detente.gateway.guarding.forwarding import clean_headers
from detente.gateway.guarding.guardrails_plane import Guardrails
from detente.gateway.guarding.held_requests import released
from detente.gateway.guarding.kept_turn import KeptTurn
from detente.gateway.guarding.remote_looks import RemoteLooks
from detente.gateway.guarding.turns import in_turns
from detente.gateway.http.deadlines import NEVER, Alarm
from detente.guardrails.answer_guard import AnswerGuard
from detente.guardrails.blocking import GuardrailRefusal, has_word, refusal_of
from detente.guardrails.evidence import failures
from detente.guardrails.forms import Form, Inspection, drained, fitted_texts, without_history
from detente.guardrails.kept_history import asked_history, joined
from detente.guardrails.kept_maps import KeptMapError
from detente.guardrails.policy import Treatments
from detente.guardrails.pseudonyms import project_key
from detente.guardrails.risk import Verdict, evidence_of, risk_of
from detente.guardrails.rulebook import Governed

if TYPE_CHECKING:
    from detente.canonical.request import Request
    from detente.gateway.exchange import Exchange


FAILED_HERE: Final = "it raised, told what cannot be, or took longer than `timeout_ms`"


class Guard:
    """See the module.

    `screen` comes first. `answer` is who guards the answer that is on its way, None before there is
    one. `withholds` is why the next answer is not given, whatever is in it. `end` is how a stream
    ends that a policy stops, None while it goes on. `looks` are remote detectors at work.
    `heard_ms` is when a provider answered, in milliseconds since the request's last byte: what
    waits for a verdict or an operator afterwards is not the provider's time.
    """

    def __init__(self, exchange: "Exchange", governed: Governed, guardrails: Guardrails) -> None:
        assert exchange.spec is not None
        self.governed = governed
        self.answer: AnswerGuard | None = None
        self.withholds: GuardrailRefusal | None = None
        self.end: bytes | None = None
        self.looks: RemoteLooks | None = None
        self.heard_ms = 0.0
        self._alarm: Alarm | None = None
        self._exchange = exchange
        self._guardrails = guardrails
        self._screen = guardrails.screen(governed.detectors)
        self._inspection = Inspection(exchange.request.body, exchange.spec.name)
        caller = exchange.caller
        project = None if caller is None else caller.project
        self._key = project_key(guardrails.secret, project or "")
        self._turn: KeptTurn | None = None
        if governed.bounds.on_kept_history == "remember":
            asked = asked_history(
                exchange.request.body, exchange.spec.name, self._inspection.unread
            )
            self._turn = KeptTurn(guardrails.kept, asked, project)
        self._forms: dict[int, Form] = {}
        self._met: dict[int, Form] = {}
        self._signals: tuple[SafetySignal, ...] = ()
        self._failed: tuple[Screened, ...] = ()
        self._then: Callable[[], None] | None = None

    # The request.

    async def screen(self) -> None:
        """Look at the request; raises `GuardrailRefusal` where it may go nowhere, and what
        `released` raises where it had to wait for an operator."""
        bound_s = self.governed.bounds.timeout_ms / 1000
        looking = self._inspection.looking(self._screen)
        if not await in_turns(self._exchange, looking, bound_s=bound_s):
            self._inspection.failed([one.name for one in self._screen.detectors])
        clean_headers(self._exchange, self.governed, self._screen)
        self._signals = self._inspection.signals()
        if self._inspection.failures:
            reasons = dict.fromkeys(self._inspection.failures, FAILED_HERE)
            self._guardrails.tell_failures(reasons, time.monotonic())
        verdict = self.judged(self._signals)
        if verdict.treatment in ("block", "elsewhere"):  # wherever it goes, it is the same
            raise refusal_of(evidence_of(self.governed.policies, self._signals))
        plan = self._exchange.plan
        assert plan is not None
        forms = [await self._formed(step.endpoint.deployment.id) for step in plan.steps]
        if forms and all(form.blocked for form in forms):
            self._met = dict(self._forms)
            raise self.refusal()
        if verdict.treatment == "hold":
            await released(self._exchange, verdict, self._exchange.request.body)

    async def _formed(self, deployment: str) -> Form:
        """As `form_of`, in turns."""
        treatments = self.governed.treatments[deployment]
        if id(treatments) not in self._forms:
            await in_turns(self._exchange, self._forming(treatments))
        return self._form(treatments)

    def judged(self, signals: tuple[SafetySignal, ...]) -> Verdict:
        """What follows from content risks."""
        return risk_of(self.governed.policies, signals)

    def form_of(self, deployment: str) -> Form:
        """The request as `deployment` may see it."""
        return self._form(self.governed.treatments[deployment])

    def meet(self, deployment: str) -> Form:
        """As `form_of`, for a deployment whose turn it is: what it may not see is told."""
        form = self.form_of(deployment)
        self._met[id(form.treatments)] = form
        return form

    def refusal(self) -> GuardrailRefusal:
        """Why nobody got the request."""
        if self._turn is not None and self._turn.refusal is not None:
            return self._turn.refusal
        return refusal_of(row for form in self._met.values() for row in form.screened)

    @property
    def keeps_back(self) -> bool:
        """Whether some deployment that was next must not get the request."""
        return any(form.blocked for form in self._met.values())

    @property
    def largest(self) -> bytes:
        """The body as it is largest: stand-ins are longer than some originals."""
        bodies = (form.body for form in self._forms.values())
        return max((self._exchange.request.body, *bodies), key=len)

    def _form(self, treatments: Treatments) -> Form:
        form = self._forms.get(id(treatments))
        return drained(self._forming(treatments)) if form is None else form

    def _forming(self, treatments: Treatments) -> Generator[None, None, Form]:
        form = yield from self._making(treatments)
        self._forms[id(treatments)] = form
        return form

    def _making(self, treatments: Treatments) -> Generator[None, None, Form]:
        """A form, with the originals of what the platform keeps of the conversation."""
        if self._turn is None or not treatments.makes_stand_ins:
            return (yield from self._inspection.forming(self.governed, treatments, self._key))
        known = self._turn.known
        form = yield from self._inspection.forming(self.governed, treatments, self._key, known)
        if known is None:
            return without_history(form, self.governed.policies[0].name)
        try:
            return replace(form, originals=joined(known, form.originals))
        except KeptMapError:
            return without_history(form, self.governed.policies[0].name)

    # Detectors on other machines.

    def ask(self, stage: Stage, done: Callable[[], None]) -> bool:
        """Have remote detectors look at the request, or the answer's texts; whether any is asked.
        `done` is called once, later, where `looks` is not over already."""
        remote = self.governed.remote
        if not remote:
            return False
        texts: dict[str, Sequence[str] | None] = {
            name: self._shown(treatments, stage) for name, treatments in remote.items()
        }
        self.looks = RemoteLooks.begin(
            self._exchange.worker,
            self._exchange.plane.remote,
            texts,
            stage,
            timeout_ms=self.governed.bounds.timeout_ms,
            done=done,
        )
        return True

    def heard(self, stage: Stage) -> Verdict:
        """What follows from what remote detectors said; raises `GuardrailRefusal` where one of them
        failed, and a policy does not go without it."""
        looks, self.looks = self.looks, None
        if looks is None:
            return Verdict()
        rows = failures(self.governed.policies, looks.failed, stage)
        self._failed += rows
        self._guardrails.tell_failures(looks.reasons, time.monotonic())
        self._signals = told((*self._signals, *looks.signals))
        if any(row.treatment == "block" for row in rows):
            raise refusal_of(rows)
        return self.judged(looks.signals)

    @property
    def looks_at_answers_elsewhere(self) -> bool:
        """Whether a remote detector has to see the answer as a whole."""
        remote = self._exchange.plane.remote
        return any(
            name in remote and "output" in remote[name].stages for name in self.governed.remote
        )

    def _shown(self, treatments: Treatments, stage: Stage) -> Sequence[str] | None:
        """What a place with these treatments may see, None where that is nothing."""
        if stage == "input":
            form = self._form(treatments)
            return None if form.blocked else form.texts
        assert self.answer is not None
        return fitted_texts(self.answer.texts, self._screen, self.governed, treatments, self._key)

    # The answer.

    def guards(self, form: Form, asked: "Request | None", upstream: Dialect) -> AnswerGuard:
        """Who guards an answer to `form` by a platform that speaks `upstream`; `asked` is the
        canonical request, where it has one."""
        assert self._exchange.spec is not None
        turn = self._turn if form.treatments.makes_stand_ins else None
        self.answer = AnswerGuard(
            governed=self.governed,
            treatments=form.treatments,
            screen=self._guardrails.answer_screen(self.governed, form.treatments),
            originals=form.originals,
            structured=asked is not None and _is_structured(asked),
            worded=has_word(self._exchange.spec.name, asked),
            collects=self.looks_at_answers_elsewhere,
            begun=None
            if turn is None
            else lambda answer: turn.begun(answer, form.originals, upstream),
        )
        if self.withholds is not None:
            self.answer.withhold(self.withholds)
        return self.answer

    @property
    def has_withheld(self) -> bool:
        """Whether the client does not get the answer that came."""
        return self.answer is not None and self.answer.refusal is not None

    @property
    def usage(self) -> Usage | None:
        """What an answer that the client does not get has cost."""
        return None if self.answer is None else self.answer.usage

    def note(self, signals: tuple[SafetySignal, ...]) -> None:
        """What was said beside an answer, and found in it, stays told although another follows."""
        self._signals = told((*self._signals, *signals))
        if self.answer is not None:
            self._failed += self.answer.screened
            self.answer = None

    def told(self, platform: tuple[SafetySignal, ...]) -> tuple[Screened, ...]:
        """What was found and done, for the ledger."""
        rows = dict.fromkeys(row for form in self._met.values() for row in form.screened)
        answer = () if self.answer is None else self.answer.screened
        signals = evidence_of(self.governed.policies, (*self._signals, *platform))
        return kept((*rows, *self._failed, *answer, *signals))

    # Time.

    def wait(self, seconds: float, then: Callable[[], None]) -> None:
        """Call `then` after so many seconds, unless somebody waits already."""
        if self._then is None:
            self._then, self._alarm = then, Alarm(self._woken)
            deadlines = self._exchange.worker.deadlines
            deadlines.watch(self._alarm, deadlines.now + seconds)

    def _woken(self) -> None:
        """What waits has waited for long enough."""
        then, self._then, self._alarm = self._then, None, None
        if then is not None:
            then()

    def let_go(self) -> None:
        """The request is over: nobody waits any more."""
        self._then = None
        if self._alarm is not None:
            self._alarm.deadline = NEVER
            self._alarm = None
        if self.looks is not None:
            self.looks.cancel()
            self.looks = None


def _is_structured(asked: "Request") -> bool:
    return asked.output_format is not None and asked.output_format.kind != "text"
