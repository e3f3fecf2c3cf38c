"""Requests and answers that wait for an operator's word, in the memory of the worker that has them.

A policy's rule says `hold` of a content risk: the request is not sent, or the whole answer not
given, until an operator releases it. What waits is bounded in number and time, is never written to
a disk, and ends with its worker; what it says is shown to nobody unless `guardrails.show_held` is
set. Not here: who decides that something is held (`guardrails.risk`), and how an operator's word
comes here (`held_desk`, `link.messages`).

>>> if verdict.treatment == "hold":
...     await released(exchange, verdict, exchange.request.body)
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from detente.canonical.guardrail import Stage
from detente.canonical.safety import SafetyCategory, SafetySource
from detente.configuration.guardrails import Guardrails
from detente.gateway.suspension import DeadlinePassed, Suspension, suspended
from detente.guardrails.blocking import GuardrailRefusal
from detente.guardrails.risk import Verdict, severity_of

if TYPE_CHECKING:
    from detente.gateway.exchange import Exchange

HELD_BYTES_MAX: Final = 256 * 1024 * 1024
"""Of all that one worker holds together: what stands still for minutes is not let grow with the
size of answers."""
SHOWN_BYTES_MAX: Final = 64 * 1024
"""Of what one request or answer says, to an operator who looks at it: some thirty pages."""

Word = Literal["release", "refuse"]
"""What an operator may say of what is held."""
Why = Literal["operator", "timeout", "full", "stopping"]
"""Why something held was refused: by an operator, for nobody said anything in time, for too many
waited already, or for the gateway stops."""


class Notice(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """That something is held, and what for; nothing of what it says.

    `id` is the request's. It waits since `since`, and is refused at `until` (UTC) unless somebody
    says otherwise. `stage` is `input` for a request that was not sent yet, `output` for an answer
    that was not given yet, then from `deployment`. `severity` is 1 to 3, `source` who found it.
    """

    id: str
    since: datetime
    until: datetime
    project: str | None
    key: str | None
    model: str
    stage: Stage
    policy: str
    category: SafetyCategory
    severity: int
    source: SafetySource
    deployment: str | None = None


class Released(msgspec.Struct, frozen=True, kw_only=True):
    """The operator `by` let it pass."""

    by: str


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """It does not pass; `by` is the operator who said so, empty where none did."""

    why: Why
    by: str = ""


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What a held request or answer says, as it stands on the wire; `whole` is False where it was
    cut at `SHOWN_BYTES_MAX`."""

    text: str
    whole: bool

    def __repr__(self) -> str:
        return f"Content(whole={self.whole})"


class _Held:
    """One that waits; no struct, whose `repr` would show what it says."""

    __slots__ = ("content", "notice", "waiter")

    def __init__(self, waiter: Suspension, notice: Notice, content: bytes) -> None:
        self.waiter = waiter
        self.notice = notice
        self.content = content


class HeldRequests:
    """What one worker holds, by its request's id; `follow` has it obey another configuration."""

    def __init__(self, bounds: Guardrails) -> None:
        self._bounds = bounds
        self._held: dict[str, _Held] = {}
        self._bytes = 0
        self._stopping = False

    def follow(self, bounds: Guardrails) -> None:
        """Obey these bounds from now on; what waits goes on waiting as it was told."""
        self._bounds = bounds

    @property
    def timeout_ms(self) -> int:
        """How long something waits for an operator."""
        return self._bounds.hold_timeout_ms

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What is held now, the oldest first."""
        return tuple(one.notice for one in self._held.values())

    def __len__(self) -> int:
        return len(self._held)

    def hold(self, waiter: Suspension, notice: Notice, content: bytes = b"") -> Refused | None:
        """Resume `waiter` with an operator's word, a `Released` or a `Refused`.

        Returns why it cannot be held, where it cannot.
        """
        if self._stopping:
            return Refused(why="stopping")
        full = len(self._held) >= self._bounds.held_max
        if full or self._bytes + len(content) > HELD_BYTES_MAX:
            return Refused(why="full")
        assert notice.id not in self._held
        self._held[notice.id] = _Held(waiter, notice, content)
        self._bytes += len(content)
        return None

    def let_go(self, id_: str) -> _Held | None:
        """The request of that id waits no more; None where it did not."""
        found = self._held.pop(id_, None)
        if found is not None:
            self._bytes -= len(found.content)
        return found

    def say(self, id_: str, word: Word, by: str) -> Notice | None:
        """Have the operator `by` release or refuse a request; None where it is not held here."""
        found = self.let_go(id_)
        if found is None:
            return None
        said = Released(by=by) if word == "release" else Refused(why="operator", by=by)
        found.waiter.resume(said)
        return found.notice

    def look(self, id_: str) -> tuple[Notice, Content | None] | None:
        """A held request and what it says, which is told only where `guardrails.show_held` allows
        it; None where it is not held here."""
        found = self._held.get(id_)
        if found is None:
            return None
        return found.notice, _shown(found.content) if self._bounds.show_held else None

    def close(self) -> None:
        """Refuse all that waits, and whatever comes: the worker stops, and its memory with it."""
        self._stopping = True
        for notice in self.notices:
            found = self.let_go(notice.id)
            if found is not None:  # else it ended while others were told
                found.waiter.resume(Refused(why="stopping"))


async def released(
    exchange: "Exchange", verdict: Verdict, content: bytes, deployment: str | None = None
) -> None:
    """Hold `exchange` for what `verdict` says, and return once an operator has released it.

    `content` and `deployment` as `held` and `notice_of` say. Raises `GuardrailRefusal` where it
    does not pass, `ClientFault` where its key was revoked meanwhile, and `ClientGone`.
    """
    notice = notice_of(exchange, verdict, deployment)
    said = await held(exchange, notice, content)
    if isinstance(said, Refused):
        raise held_refusal(notice, said)
    request, keys = exchange.request, exchange.worker.plane.keys
    # As of when it was sent, for a signature does not grow old while it waits here; and its proof
    # is not looked at again.
    keys.authenticate(request.target, request.headers, exchange.started_us, None)


async def held(exchange: "Exchange", notice: Notice, content: bytes = b"") -> Released | Refused:
    """Wait for an operator's word on `exchange`, until the time that `notice` names.

    `content` is what an operator may be shown: the request's body or the answer's. Nothing is held
    any more when this returns or raises `ClientGone`. No connection of a provider may be kept
    meanwhile: it would stand idle for minutes.
    """
    line = exchange.worker.held_requests
    refused = line.hold(exchange, notice, content)
    if refused is not None:
        return refused
    wait = notice.until - exchange.worker.now
    exchange.wait_until(exchange.elapsed_ms() + wait.total_seconds() * 1000)
    try:
        return await suspended()
    except DeadlinePassed:
        return Refused(why="timeout")
    finally:
        line.let_go(notice.id)


def notice_of(exchange: "Exchange", verdict: Verdict, deployment: str | None = None) -> Notice:
    """The notice for a request under way of which a policy says `hold`; `deployment` is whose
    answer waits, None where it is the request, which was not sent. (A platform may say of a request
    with its answer what it found; then it is the answer that waits.)

    It waits for `hold_timeout_ms`, or what the request's total leaves; a request no longer than the
    agreements' decision of it is valid.
    """
    caller, plan, signal, now = exchange.caller, exchange.plan, verdict.signal, exchange.worker.now
    assert caller is not None
    assert plan is not None
    assert signal is not None
    assert verdict.policy is not None
    total_ms = exchange.plane.limits.total_timeout_ms - exchange.elapsed_ms()
    wait_ms = min(exchange.worker.held_requests.timeout_ms, total_ms)
    if deployment is None:
        wait_ms = min(wait_ms, plan.valid_until_us / 1000 - now.timestamp() * 1000)
    return Notice(
        id=exchange.id,
        since=now,
        until=now + timedelta(milliseconds=max(0, wait_ms)),
        project=caller.project,
        key=caller.name,
        model=plan.model,
        stage="input" if deployment is None else "output",
        policy=verdict.policy,
        category=signal.category,
        severity=severity_of(signal),
        source=signal.source,
        deployment=deployment,
    )


def held_refusal(notice: Notice, refused: Refused) -> GuardrailRefusal:
    """What the client is told of something held that does not pass; never who refused it."""
    what = "request" if notice.stage == "input" else "answer"
    held_for = f"policy `{notice.policy}` held the {what} for `{notice.category}`"
    match refused.why:
        case "operator":
            cure = "ask otherwise" if notice.stage == "input" else "ask for something else"
            said, blame = f"{held_for}, and an operator refused it; {cure}", "client"
            return GuardrailRefusal(said, blame=blame)
        case "timeout":
            end = "and no operator released it in time; try again later"
        case "full":
            end = "and too many wait for an operator already; try again later"
        case "stopping":
            end = "and the gateway stops; send it again"
    return GuardrailRefusal(f"{held_for}, {end}", blame="ours")


def oldest_first(notices: Sequence[Notice]) -> tuple[Notice, ...]:
    """Notices of several workers in the order in which they began to wait."""
    return tuple(sorted(notices, key=_began))


def _began(notice: Notice) -> tuple[datetime, str]:
    return notice.since, notice.id


def _shown(content: bytes) -> Content:
    return Content(
        text=content[:SHOWN_BYTES_MAX].decode(errors="replace"),
        whole=len(content) <= SHOWN_BYTES_MAX,
    )
