"""What policies on content make of one request: in which form each deployment may see it, and what
of the answer the client may have.

Made for a request that some policy governs, and for no other. What is found, and what follows, is
for `guardrails`; here are the clock and the order: the request is looked at before anything is
reserved or sent, in turns, so that a large one holds nobody up.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from detente.canonical.evidence import kept
from detente.canonical.guardrail import Screened
from detente.canonical.safety import SafetySignal
from detente.canonical.usage import Usage
from detente.gateway.deadlines import NEVER
from detente.gateway.suspension import suspended
from detente.guardrails.answer_guard import AnswerGuard
from detente.guardrails.blocking import GuardrailRefusal, has_word, refusal_of
from detente.guardrails.forms import Form, Inspection
from detente.guardrails.pseudonyms import project_key
from detente.guardrails.risk import Verdict, evidence_of, risk_of
from detente.guardrails.rulebook import Governed
from detente.guardrails.screening import Screen

if TYPE_CHECKING:
    from detente.canonical.request import Request
    from detente.gateway.exchange import Exchange

TURN_S: Final = 0.005
"""What a request may look at its texts before others have their turn."""


class Guard:
    """See the module.

    `screen` comes first. `answer` is who guards the answer that is on its way, None before there is
    one. `withholds` is why the next answer is not given, whatever is in it. `end` is how a stream
    ends that a policy stops, None while it goes on.
    """

    def __init__(self, exchange: "Exchange", governed: Governed) -> None:
        plane = exchange.plane
        assert plane.guardrails is not None  # a policy governs, so there are some
        assert exchange.spec is not None
        self.governed = governed
        self.answer: AnswerGuard | None = None
        self.withholds: GuardrailRefusal | None = None
        self.end: bytes | None = None
        self._exchange = exchange
        self._screen: Screen = plane.guardrails.screen(governed.detectors)
        self._inspection = Inspection(exchange.request.body, exchange.spec.name)
        caller = exchange.caller
        project = None if caller is None else caller.project
        self._key = project_key(plane.guardrails.secret, project or "")
        self._forms: dict[int, Form] = {}
        self._met: dict[int, Form] = {}
        self._then: Callable[[], None] | None = None
        self.deadline = NEVER
        self.filed = 0

    async def screen(self) -> None:
        """Look at the request; raises `GuardrailRefusal` where it may go nowhere."""
        bounds_s = self.governed.bounds.timeout_ms / 1000
        began = turn = time.monotonic()
        for _ in self._inspection.looking(self._screen):
            now = time.monotonic()
            if now - began > bounds_s:
                self._inspection.failed([one.name for one in self._screen.detectors])
                break
            if now - turn > TURN_S:
                self._exchange.worker.soon(self._exchange.resume, None)
                await suspended()
                turn = time.monotonic()
        verdict = self.judged(self._inspection.signals())
        if verdict.once_begun().treatment == "block":
            raise refusal_of(evidence_of(self.governed.policies, self._inspection.signals()))
        plan = self._exchange.plan
        assert plan is not None
        forms = [self.form_of(step.endpoint.deployment.id) for step in plan.steps]
        if forms and all(form.blocked for form in forms):
            self._met = dict(self._forms)
            raise self.refusal()

    def judged(self, signals: tuple[SafetySignal, ...]) -> Verdict:
        """What follows from content risks."""
        return risk_of(self.governed.policies, signals)

    def form_of(self, deployment: str) -> Form:
        """The request as `deployment` may see it."""
        treatments = self.governed.treatments[deployment]
        form = self._forms.get(id(treatments))
        if form is None:
            form = self._inspection.form(self.governed, treatments, self._key)
            self._forms[id(treatments)] = form
        return form

    def meet(self, deployment: str) -> Form:
        """As `form_of`, for a deployment whose turn it is: what it may not see is told."""
        form = self.form_of(deployment)
        self._met[id(self.governed.treatments[deployment])] = form
        return form

    def refusal(self) -> GuardrailRefusal:
        """Why nobody got the request."""
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

    def guards(self, form: Form, asked: "Request | None") -> AnswerGuard:
        """Who guards an answer to `form`; `asked` is the canonical request, where it has one."""
        exchange = self._exchange
        assert exchange.spec is not None
        assert exchange.plane.guardrails is not None
        self.answer = AnswerGuard(
            governed=self.governed,
            treatments=form.treatments,
            screen=exchange.plane.guardrails.answer_screen(self.governed, form.treatments),
            originals=form.originals,
            structured=asked is not None and _is_structured(asked),
            worded=has_word(exchange.spec.name, asked),
        )
        if self.withholds is not None:
            self.answer.withhold(self.withholds)
        return self.answer

    @property
    def usage(self) -> Usage | None:
        """What an answer that the client does not get has cost."""
        return None if self.answer is None else self.answer.usage

    def told(self, platform: tuple[SafetySignal, ...]) -> tuple[Screened, ...]:
        """What was found and done, for the ledger."""
        signals = (*self._inspection.signals(), *platform)
        rows = dict.fromkeys(row for form in self._met.values() for row in form.screened)
        answer = () if self.answer is None else self.answer.screened
        return kept((*rows, *answer, *evidence_of(self.governed.policies, signals)))

    def wait(self, seconds: float, then: Callable[[], None]) -> None:
        """Call `then` after so many seconds, unless somebody waits already."""
        if self._then is None:
            self._then = then
            deadlines = self._exchange.worker.deadlines
            deadlines.watch(self, deadlines.now + seconds)

    def deadline_passed(self) -> None:
        """What waits has waited for long enough (`Deadlines`)."""
        then, self._then = self._then, None
        if then is not None:
            then()

    def let_go(self) -> None:
        """The request is over: nobody waits any more."""
        self._then = None
        self.deadline = NEVER


def _is_structured(asked: "Request") -> bool:
    return asked.output_format is not None and asked.output_format.kind != "text"
