"""What one request has tried so far: which deployments, with what result, refused by whom.

A deployment is tried once. What a provider says when it has no capacity is a refusal, which the
agreements may have asked for; every other failure only moves the request on.
"""

from dataclasses import replace
from typing import Final

import msgspec

from detente.canonical.entry import Attempt
from detente.canonical.failure import Failure, RefusalSignal
from detente.canonical.question import HolderRefusal
from detente.gateway.http.message import Response
from detente.gateway.routing import Plan
from detente.gateway.upstream.endpoint import Endpoint, Step
from detente.providers import PassedOn

SIGNALS: Final[dict[int, RefusalSignal]] = {429: "429", 503: "503"}
"""What a status says of capacity."""


class Attempts:
    """The attempts of one request; times are milliseconds since its last byte.

    `step` is the deployment in hand, None before the first; `failure` and `answer` are the last
    failed attempt's, `answer` None where the provider said nothing that can be relayed. `drilled`
    is set where a drill keeps the one in hand from the network. `asked` is set while a request was
    sent and nothing of its answer has come; `unheard` counts those of which we stopped waiting,
    which their platforms may bill in full.
    """

    step: Step | None = None
    count = 0
    records: tuple[Attempt, ...] = ()
    refusals: tuple[HolderRefusal, ...] = ()
    failure: Failure | None = None
    answer: Response | None = None
    started_ms = 0.0
    first_byte_ms: float | None = None
    drilled = False
    asked = False
    unheard = 0
    _open = False
    _tried: tuple[str, ...] = ()
    _served: str | None = None

    def next(self, plan: Plan, attempts_max: int) -> Step | None:
        """The best deployment of `plan` that was not tried yet, within the bound."""
        if self.count >= attempts_max:
            return None
        for step in plan.steps:
            if step.endpoint.deployment.id not in self._tried:
                return step
        return None

    def untried(self, plan: Plan) -> tuple[Step, ...]:
        """The deployments of `plan` that were not tried yet, in its order."""
        return tuple(step for step in plan.steps if step.endpoint.deployment.id not in self._tried)

    def begin(self, step: Step, now_ms: float) -> None:
        """`step` is tried now."""
        self.step = step
        self.count += 1
        self.started_ms = now_ms
        self.first_byte_ms = None
        self._open = True
        self._served = None
        self._tried = (*self._tried, step.endpoint.deployment.id)

    def failed(self, plan: Plan, failure: Failure, answer: Response | None, now_ms: float) -> None:
        """The attempt in hand failed; a refusal is what the next decision will know."""
        assert self.step is not None
        self.failure, self.answer = failure, answer
        if failure.signal is not None:
            refusal = HolderRefusal(
                deployment=self.step.endpoint.deployment.id,
                signal=failure.signal,
                waited_ms=int(now_ms - self.started_ms),
            )
            self.refusals = (*self.refusals, refusal)
        result = failure.signal or failure.kind or failure.code
        self.close(plan, result, answer.status if answer else 0, now_ms)
        self.drilled = False

    def passed_on(self, plan: Plan, passed: PassedOn, now_ms: float) -> Endpoint:
        """The platform itself passed the request on: the deployment in hand refused, another one of
        the provider has it now. What is known of that one comes from `plan`, where it stands.
        Returns where the answer came from."""
        step = self.step
        assert step is not None
        refused = step.endpoint.deployment
        served = f"{refused.provider}/{passed.upstream_id}"
        signal = SIGNALS.get(passed.status, "capacity_error")
        waited_ms = int(now_ms - self.started_ms)
        refusal = HolderRefusal(deployment=refused.id, signal=signal, waited_ms=waited_ms)
        self.refusals = (*self.refusals, refusal)
        self.close(plan, signal, passed.status, now_ms)
        lines = step.lines.replace(
            b" %b\r\n" % refused.id.encode(), b" %b\r\n" % served.encode(), 1
        )
        known = (other.endpoint.deployment for other in plan.steps)
        deployment = next((one for one in known if one.id == served), refused)
        endpoint = replace(step.endpoint, deployment=deployment)
        self.begin(replace(step, endpoint=endpoint, lines=lines), now_ms)
        self._served = served
        self._tried = (*self._tried, served)
        return endpoint

    def give_up(self) -> None:
        """Nobody waits for the answer any more; a platform that was asked may bill it."""
        self.unheard += self.asked
        self.asked = False

    def close(self, plan: Plan, result: str, status: int, now_ms: float) -> None:
        """Record how the attempt in hand ended; nothing where none is in hand."""
        step = self.step
        if step is None or not self._open:
            return
        self._open = False
        first_byte = self.first_byte_ms
        self.records = (
            *self.records,
            Attempt(
                deployment=self._served or step.endpoint.deployment.id,
                result=result,
                status=status,
                decision=plan.decision.id,
                started_ms=self.started_ms,
                first_byte_ms=None if first_byte is None else first_byte - self.started_ms,
                total_ms=now_ms - self.started_ms,
                drill=self.drilled,
            ),
        )

    @property
    def ends_tries(self) -> bool:
        """Whether another try of the client's own would only repeat what was tried: at several
        deployments already, or where something of ours has to be mended first."""
        failure = self.failure
        ours = failure is not None and failure.kind is not None and failure.blame == "ours"
        return ours or self.count > 1

    @property
    def final_failure(self) -> Failure:
        """The last failure, told as the end of all attempts."""
        assert self.failure is not None
        if self.count < 2:
            return self.failure
        message = f"{self.failure.message} (after {self.count} attempts)"
        return msgspec.structs.replace(self.failure, message=message)


def unheard_sentence(step: Step, *, granted: bool) -> str:
    """That a deployment said nothing in time: in the window that an agreement grants it, else in
    its own bound."""
    provider = step.endpoint.deployment.provider
    if granted:
        window_ms = step.respond_within_ms
        return f"provider `{provider}` did not answer within the {window_ms} ms it is granted"
    bound_ms = step.endpoint.first_byte_timeout_ms
    return f"provider `{provider}` sent nothing within {bound_ms} ms (`first_byte_timeout_ms`)"
