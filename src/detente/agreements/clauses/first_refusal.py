"""`first_refusal`: the holder is offered it first; others only after it refuses.

Subject `request`: others are rejected until this very request has recorded the refusal of each
of the holder's deployments, one that another clause bars counting as having refused. A status
in `signals` is a refusal; silence is one after `respond_within`, if `default` is `refused`.
What is left out never discharges: without `signals` no answer does, without `respond_within`
and `default` no silence.

Subject `capacity`: a deployment names the `offer` it was built under, and is rejected until
that offer was refused or lapsed.
"""

from typing import ClassVar, Literal

from detente.agreements.clause import Case, Prohibition
from detente.agreements.duration import Duration, milliseconds
from detente.agreements.grid import Grid, bits, either, outside
from detente.agreements.plan import Asked, Plan
from detente.agreements.scope import Holders, holder_mistakes, words
from detente.agreements.truth import Truth, all_of, any_of, missing, not_
from detente.canonical.failure import RefusalSignal
from detente.canonical.model import Deployment
from detente.canonical.question import HolderRefusal


class FirstRefusal(Prohibition, frozen=True, kw_only=True, tag="first_refusal"):
    """Makes others wait for `holder`'s refusal.

    With `connective = "and"` every one of `signals` has to be on record, with `"or"` any.
    """

    rivals: ClassVar[bool] = True
    bars_holder: ClassVar[bool] = False

    holder: Holders
    subject: Literal["request", "capacity"] = "request"
    signals: tuple[RefusalSignal, ...] = ()
    respond_within: Duration | None = None
    default: Literal["refused", "blocked"] | None = None
    connective: Literal["and", "or"] = "or"

    def rejects(self, case: Case, deployment: Deployment) -> Truth:
        """Whether `deployment` has to wait."""
        if deployment in case.held_by(self.holder):
            return False
        if self.subject == "capacity":
            return True if deployment.offer else missing(f"offer of {deployment.id}")
        return not_(self._discharged(case))

    def admits(self, case: Case, deployment: Deployment) -> bool:
        """Whether it is the holder's turn, or was."""
        if self.subject == "capacity":
            return False
        discharged = self._discharged(case) is True
        return discharged != (deployment in case.held_by(self.holder))

    def favours(self, case: Case, deployment: Deployment) -> bool:
        """Whether it is the holder's turn and `deployment` is the holder's."""
        return self.admits(case, deployment) and deployment in case.held_by(self.holder)

    def _discharged(self, case: Case) -> Truth:
        theirs = case.held_by(self.holder)
        if not theirs:
            return missing(f"deployment of {' or '.join(words(self.holder))}")
        return all_of(
            *(any_of(self._refused(case.question.refusals, d), case.barred(d)) for d in theirs)
        )

    def _refused(self, refusals: tuple[HolderRefusal, ...], deployment: Deployment) -> bool:
        counted = {r.signal for r in refusals if r.deployment == deployment.id and self._counts(r)}
        if self.connective == "and":
            return bool(self.signals) and counted.issuperset(self.signals)
        return bool(counted)

    def _counts(self, refusal: HolderRefusal) -> bool:
        if refusal.signal == "timeout":
            return self.wait_ms is not None and refusal.waited_ms >= self.wait_ms
        return refusal.signal in self.signals

    def rejected(self, plan: Plan, asked: Asked) -> Grid:
        """`rejects`, compiled."""
        others = plan.all & ~plan.held(self.holder)
        if self.subject == "capacity":
            return self._unoffered(plan, others)
        left = self._left(plan, asked)
        if left.yes:
            return Grid(others)
        if left.open:
            facts = frozenset[str]().union(*left.open.values())
            return Grid(0, dict.fromkeys(bits(others), facts))
        return Grid()

    def admitted(self, plan: Plan, asked: Asked) -> int:
        """`admits`, compiled."""
        if self.subject == "capacity":
            return 0
        left, held = self._left(plan, asked), plan.held(self.holder)
        return held if left.yes or left.open else plan.all & ~held

    def favoured(self, plan: Plan, asked: Asked) -> int:
        """`favours`, compiled."""
        return self.admitted(plan, asked) & plan.held(self.holder)

    def _left(self, plan: Plan, asked: Asked) -> Grid:
        """The holder's deployments that may still be asked; discharged when there is none."""
        held = plan.held(self.holder) & asked.serving
        if not held:
            name = f"deployment of {' or '.join(words(self.holder))}"
            return plan.everywhere(frozenset((name,)))
        done = either(Grid(self._answered(plan, asked)), asked.barred)
        left = outside(done, plan.all)
        return Grid(left.yes & held, {b: f for b, f in left.open.items() if b & held})

    def _answered(self, plan: Plan, asked: Asked) -> int:
        """The deployments whose recorded answers are a refusal."""
        seen: dict[int, int] = {}
        kinds = {signal: 1 << i for i, signal in enumerate(dict.fromkeys(self.signals))}
        for refusal in asked.refusals:
            silent = refusal.signal == "timeout"
            if silent and (self.wait_ms is None or refusal.waited_ms < self.wait_ms):
                continue
            kind = kinds.get(refusal.signal, 1 << len(kinds) if silent else 0)
            bit = plan.bit_of(refusal.deployment)
            seen[bit] = seen.get(bit, 0) | kind
        whole = (1 << len(kinds)) - 1
        mask = 0
        for bit, kind in seen.items():
            enough = kind & whole == whole > 0 if self.connective == "and" else kind > 0
            mask |= bit if enough else 0
        return mask

    def _unoffered(self, plan: Plan, others: int) -> Grid:
        yes, unknown = 0, dict[int, frozenset[str]]()
        for bit in bits(others):
            deployment = plan.deployments[bit.bit_length() - 1]
            if deployment.offer:
                yes |= bit
            else:
                unknown[bit] = frozenset((f"offer of {deployment.id}",))
        return Grid(yes, unknown)

    @property
    def wait_ms(self) -> int | None:
        """After how much silence the holder has refused, in milliseconds; None is never."""
        if self.respond_within is None or self.default != "refused":
            return None
        return milliseconds(self.respond_within)

    def mistakes(self) -> tuple[tuple[str, str], ...]:
        """Holders that are not written as holders."""
        return holder_mistakes("holder", self.holder)

    def rejection(self, deployment: Deployment) -> str:
        """Why it rejects `deployment`."""
        if self.subject == "capacity":
            offer = f" the offer `{deployment.offer}`" if deployment.offer else " its offer"
            return (
                f"`{self.id}` keeps `{deployment.id}` waiting for {self._name}'s answer to{offer}"
            )
        return f"`{self.id}` offers the request to {self._name} first, which has not refused it"

    def admission(self, deployment: Deployment) -> str:
        """Why it admits `deployment`."""
        return f"`{self.id}` offers the request to {self._name} first; `{deployment.id}` is next"

    def discharge(self) -> str | None:
        """The holder's refusal."""
        return f"after {self._name} refuses"

    @property
    def _name(self) -> str:
        return " or ".join(f"`{holder}`" for holder in words(self.holder))
