"""Reserving for one request: how much it may need, taken before the first attempt, settled after.

What it needs is an upper bound: its input by its bytes (`accounts.bound`), its output by the bound
that the client set, both at the dearest price of the deployments that may be tried. A request that
sets no bound to its output is reserved with an assumed one, which is no promise.

Not here: the leases and the line of those that wait (`purse`).

>>> if not reserved_at_once(exchange, plan, spec, head):
...     await reserved_in_line(exchange)
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from detente.accounts.bound import input_tokens_bound
from detente.accounts.closer import closer_tokens
from detente.accounts.rates import cache_writes_of, reservation
from detente.canonical.tariff import tokens_of, usd_of_pico
from detente.canonical.usage import Usage
from detente.gateway.allowances.denials import Denial
from detente.gateway.allowances.holds import Hold
from detente.gateway.allowances.outlook import RateClass
from detente.gateway.allowances.terms import rates_of, terms_of
from detente.gateway.allowances.tokenizers import tokenizer_of
from detente.gateway.http.message import LIMIT_CODES
from detente.gateway.say import say
from detente.gateway.suspension import ClientGone, DeadlinePassed, suspended

if TYPE_CHECKING:
    from detente.dialects import RequestHead, Spec, StreamTap
    from detente.gateway.exchange import Exchange
    from detente.gateway.routing import Plan

AUDIO: Final = "audio"
EARLY_PIECES_MAX: Final = 4
"""Pieces of a stream in which its input may be told early; most streams tell it at their end."""


def reserved_at_once(exchange: "Exchange", plan: "Plan", spec: "Spec", head: "RequestHead") -> bool:
    """Reserve where the leases suffice; False where the request has to wait for its `hold`.

    Raises `ClientFault` where a hard budget meets something that has no price.
    """
    worker = exchange.worker
    terms = plan.terms
    if terms is None or exchange.started_us >= terms.valid_until_us:
        assert exchange.caller is not None
        terms = plan.terms = terms_of(
            plan, exchange.caller, exchange.plane, worker.purse, exchange.started_us
        )
    hold = Hold(terms)
    if terms.money or terms.tokens:
        _estimate(hold, exchange, spec, head)
    exchange.hold = hold
    exchange.held = worker.purse.reserve(hold, worker.purse.now_us())
    return exchange.held


async def reserved_in_line(exchange: "Exchange") -> None:
    """Wait until the hold of `exchange` is taken; raises the refusal where it cannot be.

    At most `store.timeout_ms` for the store to say anything at all, and `limits.budget_wait_ms` for
    others to settle.
    """
    with _counted(exchange):
        await _reserved(exchange)


async def _reserved(exchange: "Exchange") -> None:
    """The bound first; where that does not fit, a closer look."""
    purse, hold = exchange.worker.purse, exchange.hold
    assert hold is not None
    began_ms = exchange.elapsed_ms()
    if purse.is_scarce(hold) and _looked_closer(exchange, hold):
        exchange.held = purse.reserve(hold, purse.now_us())
    try:
        if not exchange.held:
            await _in_line(exchange, hold, began_ms)
    except Denial as denial:
        if denial.failure.code not in LIMIT_CODES or not _looked_closer(exchange, hold):
            raise
        if not purse.reserve(hold, purse.now_us()):
            if exchange.elapsed_ms() - began_ms >= exchange.plane.limits.budget_wait_ms:
                raise
            await _in_line(exchange, hold, began_ms, heard=True)
    exchange.held = True


async def _in_line(
    exchange: "Exchange", hold: Hold, began_ms: float, *, heard: bool = False
) -> None:
    """Wait once, for as long as may be since `began_ms`; `heard` is whether the store is known to
    answer, as it is for who was refused before and then needed less."""
    purse = exchange.worker.purse
    waiter = purse.wait(exchange, hold)
    waiter.heard = heard
    answer_ms = exchange.plane.setup.configuration.store.timeout_ms
    others_ms = exchange.plane.limits.budget_wait_ms
    for wait_ms in sorted((answer_ms, others_ms)):
        exchange.wait_until(began_ms + wait_ms)
        try:
            await suspended()
        except ClientGone:
            purse.forget(waiter)
            raise
        except DeadlinePassed:
            if wait_ms >= (others_ms if waiter.heard else answer_ms):
                break
        else:
            return
    purse.last_look(waiter)


def _looked_closer(exchange: "Exchange", hold: Hold) -> bool:
    """Count the texts of the request, once: whether it needs less than its bytes said."""
    spec, head, plan = exchange.spec, exchange.head, exchange.plan
    if hold.closer or not hold.certain or spec is None or head is None or plan is None:
        return False
    hold.closer = True
    terms = hold.prices
    if not (terms.money or terms.tokens):
        return False
    found = closer_tokens(
        _body(exchange),
        spec.name,
        tools="tools" in head.features,
        count=tokenizer_of(plan.model),
        habits=terms.habits,
    )
    if found is None or found + hold.output_tokens >= hold.tokens:
        return False
    hold.tokens = found + hold.output_tokens
    if terms.money:
        rates = terms.flat or rates_of(terms, _asks(exchange, spec))
        hold.pico_usd = reservation(rates, found, hold.output_tokens)
    return True


async def raised(exchange: "Exchange", plan: "Plan", spec: "Spec", head: "RequestHead") -> None:
    """The plan is another one: hold more where it may need more; raises the refusal."""
    hold = exchange.hold
    assert hold is not None
    known = {name for name, _ in hold.prices.priced}
    if known.issuperset(step.endpoint.deployment.id for step in plan.steps):
        return
    assert exchange.caller is not None
    purse = exchange.worker.purse
    terms = terms_of(plan, exchange.caller, exchange.plane, purse, exchange.started_us)
    other = Hold(terms)
    if terms.money or terms.tokens:
        _estimate(other, exchange, spec, head)
        if hold.closer:
            _looked_closer(exchange, other)
    pico_usd, tokens = max(hold.pico_usd, other.pico_usd), max(hold.tokens, other.tokens)
    await _hold_besides(exchange, hold, pico_usd - hold.pico_usd, tokens - hold.tokens)
    hold.pico_usd, hold.tokens, hold.prices = pico_usd, tokens, terms
    hold.output_tokens, hold.certain = other.output_tokens, other.certain


async def again(exchange: "Exchange") -> None:
    """Before a further try: where the last one was sent and not waited for, its platform may bill
    it, so as much is held once more; raises the refusal."""
    hold = exchange.hold
    assert hold is not None
    if exchange.attempts.unheard > hold.past_tries:
        await _hold_besides(exchange, hold, hold.pico_usd, hold.tokens)
        hold.pass_on()


async def _hold_besides(exchange: "Exchange", hold: Hold, pico_usd: int, tokens: int) -> None:
    """Take so much more for a request that goes on, or wait for it as at its beginning."""
    purse, more = exchange.worker.purse, Hold(hold.terms.costs())
    more.pico_usd, more.tokens = pico_usd, tokens
    if (pico_usd or tokens) and not purse.reserve(more, purse.now_us()):
        with _counted(exchange):
            await _in_line(exchange, more, exchange.elapsed_ms())


@contextmanager
def _counted(exchange: "Exchange") -> Generator[None, None, None]:
    """A refusal that comes after the first try is counted like those before it."""
    try:
        yield
    except Denial as denial:
        exchange.worker.purse.figures.refuse(denial.failure.code, denial.owner)
        raise


def look_for_input(exchange: "Exchange", tap: "StreamTap") -> None:
    """Some streams tell at their beginning what the input was: then less need be reserved."""
    exchange.looks -= 1
    if tap.usage is not None:
        exchange.looks = 0
        _shrink(exchange, tap.usage)


def _shrink(exchange: "Exchange", usage: Usage) -> None:
    """A stream has told its input early: hold that, and what the answer may still be."""
    hold, spec = exchange.hold, exchange.spec
    assert hold is not None
    assert spec is not None
    if not hold.certain:
        return  # what the platform does by itself is told at the end
    tokens = usage.input_tokens + hold.output_tokens
    pico_usd = hold.pico_usd
    if hold.terms.money:
        rates = hold.prices.flat or rates_of(hold.prices, _asks(exchange, spec))
        pico_usd = reservation(rates, usage.input_tokens, hold.output_tokens)
    exchange.worker.purse.shrink(hold, pico_usd, tokens)


def settled(exchange: "Exchange", charge_pico_usd: int | None) -> tuple[tuple[str, int], ...]:
    """Settle the hold of an exchange that is over; what is booked to which account.

    Nothing where nothing was used. What was used and cannot be priced costs what was reserved, and
    so does what the platform goes on with after its answer (`background` of the Responses API), and
    each try that was sent and of which nobody waited for the answer.
    """
    hold, usage = exchange.hold, exchange.usage
    assert hold is not None
    exchange.held = False
    spent, tokens = charge_pico_usd or 0, 0
    if usage is not None:
        tokens = tokens_of(usage)
        if charge_pico_usd is None:
            spent = hold.pico_usd
        elif usage.estimated and _goes_on(exchange):
            spent, tokens = max(spent, hold.pico_usd), max(tokens, hold.tokens)
    if unheard := exchange.attempts.unheard:
        if exchange.outcome == "client_gone" and exchange.tap is None:
            spent = tokens = 0  # the estimate was of the last of these
        last = unheard - hold.past_tries
        spent += hold.past_pico_usd + last * hold.pico_usd
        tokens += hold.past_tokens + last * hold.tokens
        hold.join()
    purse, terms = exchange.worker.purse, hold.terms
    purse.settle(hold, spent, tokens, purse.now_us())
    if (spent > hold.pico_usd and terms.money) or (tokens > hold.tokens and terms.tokens):
        _tell_excess(exchange, hold, spent, tokens)
    if not spent:
        return ()
    for counted in terms.counted:
        purse.count(counted, spent)
    return tuple([(account, spent) for account in terms.booked])


def _goes_on(exchange: "Exchange") -> bool:
    """Whether a whole answer counted nothing since the platform has only begun."""
    kept = exchange.head is not None and "server_state" in exchange.head.features
    return kept and exchange.tap is None and exchange.outcome == "answered"


def let_go(exchange: "Exchange") -> None:
    """Free the hold of an exchange that could not be recorded, and so used nothing."""
    purse, hold = exchange.worker.purse, exchange.hold
    assert hold is not None
    exchange.held = False
    hold.join()
    purse.settle(hold, 0, 0, purse.now_us())


def _estimate(hold: Hold, exchange: "Exchange", spec: "Spec", head: "RequestHead") -> None:
    """Put into `hold` what the request may need."""
    terms = hold.terms
    bound = input_tokens_bound(
        _body(exchange),
        spec.name,
        tools="tools" in head.features,
        context_tokens=terms.context_tokens,
        habits=terms.habits,
    )
    hold.certain = bound.certain
    if spec.billed and spec.interface != "embedding":
        cap = head.output_tokens_max
        if cap is None:
            cap = exchange.plane.limits.output_tokens_assumed
        most = terms.output_tokens_max
        if most is not None and cap > most:
            cap = most
        hold.output_tokens = cap * head.answers_asked
    hold.tokens = bound.tokens + hold.output_tokens
    if terms.money:
        rates = terms.flat or rates_of(terms, _asks(exchange, spec))
        hold.pico_usd = reservation(rates, bound.tokens, hold.output_tokens)


def _asks(exchange: "Exchange", spec: "Spec") -> RateClass:
    head = exchange.head
    audio = head is not None and AUDIO in head.features
    return cache_writes_of(_body(exchange), spec.name), audio


def _tell_excess(exchange: "Exchange", hold: Hold, spent: int, tokens: int) -> None:
    """More was used than was reserved: allowed, since it was used, but said."""
    figures, terms = exchange.worker.purse.figures, hold.terms
    figures.excess_requests += 1
    told: list[str] = []
    if terms.money and spent > hold.pico_usd:
        more = spent - hold.pico_usd
        figures.excess_pico_usd += more
        told.append(f"{usd_of_pico(more):f} USD in `{terms.money[0].id}`")
    if terms.tokens and tokens > hold.tokens:
        figures.excess_tokens += tokens - hold.tokens
        told.append(f"{tokens - hold.tokens} tokens in `{terms.tokens[0].id}`")
    say(f"request {exchange.id} used more than was reserved for it: {' and '.join(told)}")


def _body(exchange: "Exchange") -> bytes:
    """The request as it is largest: stand-ins take more room than some originals."""
    return exchange.request.body if exchange.guard is None else exchange.guard.largest
