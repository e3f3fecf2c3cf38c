"""`first_refusal`: the holder is offered it first; others only after it refuses.

Subject `request`: others are rejected until this very request has recorded the refusal of each
of the holder's deployments, one that another clause bars counting as having refused. A status
in `signals` is a refusal; silence is one after `respond_within`, if `default` is `refused`.
What is left out never discharges: without `signals` no answer does, without `respond_within`
and `default` no silence.

Subject `capacity`: a deployment names the `offer` it was built under, and is rejected until
that offer was refused or lapsed. An offer lapses `respond_within` after it was opened, where
`default` is `refused`; an answer that comes later changes nothing.
"""

from datetime import datetime
from typing import ClassVar, Literal

from detente.agreements.clause import Case, Prohibition
from detente.agreements.duration import Duration, milliseconds
from detente.agreements.grid import Grid, bits, either, outside
from detente.agreements.moment import after_ms, in_words
from detente.agreements.plan import Asked, Plan
from detente.agreements.scope import Holders, holder_mistakes, words
from detente.agreements.truth import Truth, all_of, any_of, missing, not_
from detente.canonical.failure import RefusalSignal
from detente.canonical.model import Deployment, Model
from detente.canonical.question import HolderRefusal, Offer, Question

Standing = Literal["unoffered", "open", "accepted", "refused", "lapsed"]


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
            if deployment.offer is None:
                return missing(f"offer of {deployment.id}")
            return self._standing(deployment.offer, case.question) not in ("refused", "lapsed")
        return not_(self._discharged(case))

    def _standing(self, name: str, question: Question) -> Standing:
        """How the offer of that name stands under this clause, by what happened and is known."""
        t, k = question.at, question.known_at
        for offer in question.offers:
            if (offer.name, offer.clause) != (name, self.id):
                continue
            if offer.opened_at > t or offer.recorded_at > k:
                continue
            lapses = self._lapses_at(offer)
            if _is_answered(offer, t, k) and (lapses is None or _answered_at(offer) < lapses):
                return "refused" if offer.answer == "refused" else "accepted"
            return "lapsed" if lapses is not None and lapses <= t else "open"
        return "unoffered"

    def _lapses_at(self, offer: Offer) -> datetime | None:
        """When silence will have refused it; an answer that comes later changes nothing."""
        wait_ms = self.wait_ms
        return None if wait_ms is None else after_ms(offer.opened_at, wait_ms)

    def opens(self, case: Case, deployment: Deployment) -> datetime | None:
        """When the deployment's offer lapses, while it is open."""
        if self.subject != "capacity" or deployment.offer is None:
            return None
        if self._standing(deployment.offer, case.question) != "open":
            return None
        offers = (o for o in case.question.offers if o.clause == self.id)
        return next((self._lapses_at(o) for o in offers if o.name == deployment.offer), None)

    def admits(self, case: Case, deployment: Deployment) -> bool:
        """Whether it is the holder's turn, or was."""
        held = deployment in case.held_by(self.holder)
        if self.subject == "capacity":
            return not held and self.rejects(case, deployment) is False
        return (self._discharged(case) is True) != held

    def favours(self, case: Case, deployment: Deployment) -> bool:
        """Whether it is the holder's turn and `deployment` is the holder's."""
        held = deployment in case.held_by(self.holder)
        return held and self.subject == "request" and self.admits(case, deployment)

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
            return self._kept(plan, asked, others)
        left = self._left(plan, asked)
        if left.yes:
            return Grid(others)
        if left.open:
            facts = frozenset[str]().union(*left.open.values())
            return Grid(0, dict.fromkeys(bits(others), facts))
        return Grid()

    def admitted(self, plan: Plan, asked: Asked) -> int:
        """`admits`, compiled."""
        held = plan.held(self.holder)
        if self.subject == "capacity":
            kept = self._kept(plan, asked, plan.all & ~held)
            return outside(kept, plan.all & ~held).yes
        left = self._left(plan, asked)
        return held if left.yes or left.open else plan.all & ~held

    def favoured(self, plan: Plan, asked: Asked) -> int:
        """`favours`, compiled."""
        if self.subject == "capacity":
            return 0
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

    def _kept(self, plan: Plan, asked: Asked, others: int) -> Grid:
        """The deployments whose offers are not discharged."""
        free = {name for name, (_, discharged) in self._offers(asked).items() if discharged}
        yes, unknown = 0, dict[int, frozenset[str]]()
        for bit in bits(others):
            deployment = plan.deployments[bit.bit_length() - 1]
            if deployment.offer is None:
                unknown[bit] = frozenset((f"offer of {deployment.id}",))
            elif deployment.offer not in free:
                yes |= bit
        return Grid(yes, unknown)

    def _offers(self, asked: Asked) -> dict[str, tuple[datetime | None, bool]]:
        """By name: when an unanswered offer lapses, and whether it was refused or has lapsed."""
        found: dict[str, tuple[datetime | None, bool]] = {}
        for o in asked.offers:
            known = o.opened_at <= asked.at and o.recorded_at <= asked.known_at
            if o.clause != self.id or not known:
                continue
            end, said, heard = self._lapses_at(o), o.answered_at, o.answer_recorded_at
            in_time = (
                said is not None
                and heard is not None
                and said <= asked.at
                and heard <= asked.known_at
                and (end is None or said < end)
            )
            if in_time and o.answer is not None:
                found.setdefault(o.name, (None, o.answer == "refused"))
            else:
                found.setdefault(o.name, (end, end is not None and end <= asked.at))
        return found

    def opened(self, plan: Plan, asked: Asked, bit: int) -> datetime | None:
        """`opens`, compiled."""
        name = plan.deployments[bit.bit_length() - 1].offer
        if self.subject != "capacity" or name is None:
            return None
        end, discharged = self._offers(asked).get(name, (None, False))
        return None if discharged else end

    @property
    def wait_ms(self) -> int | None:
        """After how much silence the holder has refused, in milliseconds; None is never."""
        if self.respond_within is None or self.default != "refused":
            return None
        return milliseconds(self.respond_within)

    def mistakes(self) -> tuple[tuple[str, str], ...]:
        """Holders that are not written as holders."""
        return holder_mistakes("holder", self.holder)

    def rejection(self, deployment: Deployment, model: Model, question: Question) -> str:
        """Why it rejects `deployment`."""
        del model
        if self.subject == "request":
            return f"`{self.id}` offers the request to {self._name} first, which has not refused it"
        name = deployment.offer or ""
        said = f"`{self.id}` asks {self._name} first about the offer `{name}` of `{deployment.id}`"
        offer = next((o for o in question.offers if (o.name, o.clause) == (name, self.id)), None)
        standing = self._standing(name, question)
        if offer is None or standing == "unoffered":
            return f"{said}, which is not on record"
        if standing == "accepted":
            return f"{said}, who took it on {in_words(_answered_at(offer))}"
        lapses = self._lapses_at(offer)
        until = f" until {in_words(lapses)}" if lapses is not None else ""
        return f"{said}: offered on {in_words(offer.opened_at)}, unanswered{until}"

    def admission(self, deployment: Deployment, question: Question) -> str:
        """Why it admits `deployment`."""
        if self.subject == "request":
            turn = f"`{deployment.id}` is next"
            return f"`{self.id}` offers the request to {self._name} first; {turn}"
        how = self._standing(deployment.offer or "", question)
        what = "refused" if how == "refused" else "did not answer in time"
        return f"`{self.id}`: {self._name} {what} the offer `{deployment.offer}`"

    def discharge(self, deployment: Deployment, question: Question) -> str | None:
        """The holder's refusal, where no date is known on which its silence will be one."""
        if self.subject == "request":
            return f"after {self._name} refuses"
        standing = self._standing(deployment.offer or "", question)
        if standing == "accepted" or (standing == "open" and self.wait_ms is not None):
            return None
        lapse = " or lets it lapse" if self.wait_ms is not None else ""
        return f"once {self._name} refuses the offer `{deployment.offer}`{lapse}"

    @property
    def _name(self) -> str:
        return " or ".join(f"`{holder}`" for holder in words(self.holder))


def _is_answered(offer: Offer, t: datetime, k: datetime) -> bool:
    if offer.answer is None or offer.answered_at is None or offer.answer_recorded_at is None:
        return False
    return offer.answered_at <= t and offer.answer_recorded_at <= k


def _answered_at(offer: Offer) -> datetime:
    return offer.answered_at or offer.opened_at
