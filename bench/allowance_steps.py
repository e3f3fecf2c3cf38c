"""What a key, a reservation, a settlement and two journal records cost a request, step by step.

The worker's own objects, with as many requests at a time as `workload` has connections: each step
runs for all of them before the next begins, and only processor time counts. Of all rounds the
fastest tenth tells: whatever else a machine does makes a round slower, never faster. The leases
hold enough, so no step asks for more: what asking costs is in `allowances`. A program of its own,
since it also runs from compiled sources.
Example: `python -m bench.allowance_steps 20` prints one JSON object.
"""

import asyncio
import gc
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import quantiles
from typing import Final

import msgspec

from bench import gateway, workload
from detente.accounts import book, window
from detente.accounts.bound import input_tokens_bound
from detente.accounts.messages import Answer, Ask, Have, Kept, Want
from detente.accounts.share import WindowState
from detente.canonical.usage import Usage
from detente.dialects import spec_of
from detente.gateway.allowances.reservation import reserved_at_once
from detente.gateway.callers.principals import Caller
from detente.gateway.callers.stored_keys import StoredKeys
from detente.gateway.exchange import Exchange
from detente.gateway.front_door import front_door
from detente.gateway.http.message import Request
from detente.gateway.link.messages import LinkMessage
from detente.gateway.processes import worker as workers
from detente.gateway.processes.garbage import GARBAGE_THRESHOLD
from detente.gateway.records import record_intent, record_settlement
from detente.gateway.server import ClientConnection
from detente.ledger.store.journal import JournalWriter
from detente.wiring import load

REQUESTS: Final = workload.CONNECTIONS
"""In a round: as many as are open at once."""
PLANS: Final = len(workload.KEYS) * len(workload.MODELS)
WARM_ROUNDS: Final = 2 * PLANS // REQUESTS + 1
"""In which each key has asked for each model, and has its leases."""
PARTS: Final = 8
"""Of an account, granted at once: for longer than any measurement."""
LEASE_US: Final = 3_600_000_000
TURNS: Final = 3
"""Of the loop, after which all that was asked is answered."""
USAGE: Final = Usage(uncached_input_tokens=210, visible_output_tokens=60)
USED_TOKENS: Final = 270
SPENT_PICO_USD: Final = 1_125_000_000


class Steps(msgspec.Struct, frozen=True, kw_only=True):
    """Microseconds of processor time a request. `bound_us` (of the input's tokens) and `purse_us`
    (reserving and settling in five accounts) are parts of the other steps, once more alone."""

    key_us: float
    reservation_us: float
    intent_us: float
    settlement_us: float
    bound_us: float
    purse_us: float

    @property
    def total_us(self) -> float:
        """All four steps."""
        return self.key_us + self.reservation_us + self.intent_us + self.settlement_us


def measure(*, rounds: int) -> Steps:
    """All steps, with five accounts to reserve in; see the module."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measured(Path(folder), rounds))


async def _measured(folder: Path, rounds: int) -> Steps:
    path = gateway.write_configuration(folder, "http://127.0.0.1:9", allowances=True)
    journal = JournalWriter(
        folder / "journal",
        "w0",
        segment_bytes=4 << 20,
        bytes_max=8 << 30,
        now_us=lambda: time.time_ns() // 1000,
    )
    try:
        worker = workers.Worker(load(path), journal, None, stored=StoredKeys.none())
        treasury = _Treasury(worker)
        worker.say_up = treasury.hear
        treasury.keep()
        return await _rounds(worker, rounds)
    finally:
        journal.close()


class _Treasury:
    """Answers at once, from the accounts' own arithmetic, and grants all that there is."""

    def __init__(self, worker: workers.Worker) -> None:
        self._worker = worker
        self._money: dict[str, book.MoneyState] = {}
        self._windows: dict[str, WindowState] = {}

    def keep(self) -> None:
        """The leases of this machine hold for longer than any measurement."""
        self._worker.purse.heard(Kept(good_until_us=self._good_until_us()))

    def hear(self, message: LinkMessage) -> bool:
        """A worker asks."""
        assert isinstance(message, Ask)
        haves = tuple(self._exchange(message.holder, want) for want in message.wants)
        answer = Answer(number=message.number, good_until_us=self._good_until_us(), haves=haves)
        asyncio.get_running_loop().call_soon(self._worker.purse.heard, answer)
        return True

    def _exchange(self, holder: str, want: Want) -> Have:
        name, now_us = want.account, self._worker.purse.now_us()
        much = msgspec.structs.replace(want, want=want.limit // PARTS)
        if want.window_us is None:
            money = self._money.get(name, book.MoneyState(lines={}))
            self._money[name], have = book.exchange(money, holder, much)
        else:
            state = self._windows.get(name) or window.opened(now_us)
            self._windows[name], have = window.exchange(state, holder, much, now_us=now_us)
        return have

    def _good_until_us(self) -> int:
        return self._worker.purse.now_us() + LEASE_US


async def _rounds(worker: workers.Worker, rounds: int) -> Steps:
    """The fastest tenth of rounds, after some in which the worker gets its leases."""
    figures: list[Steps] = []
    for number in range(WARM_ROUNDS + rounds):
        exchanges = [_begun(worker, number * REQUESTS + one) for one in range(REQUESTS)]
        if number < WARM_ROUNDS:
            await _warmed(worker, exchanges)
        else:
            figures.append(_round(exchanges))
        worker.journal.prepare()
        await asyncio.sleep(0)
    names = Steps.__struct_fields__
    each = {name: [getattr(one, name) for one in figures] for name in names}
    return msgspec.convert({name: quantiles(each[name], n=10)[0] for name in names}, Steps)


async def _warmed(worker: workers.Worker, exchanges: Sequence[Exchange]) -> None:
    """All requests served, though they wait for the first leases."""
    for exchange in exchanges:
        _authenticated(exchange)
        _reserved(exchange)
        if not exchange.held:
            assert exchange.hold is not None
            worker.purse.wait(exchange, exchange.hold)
            exchange.held = True
    for _ in range(TURNS):
        await asyncio.sleep(0)
    for exchange in exchanges:
        record_intent(exchange)
        _answered(exchange)
        record_settlement(exchange)


def _round(exchanges: Sequence[Exchange]) -> Steps:
    key_us = _each_us(_authenticated, exchanges)
    reservation_us = _each_us(_reserved, exchanges)
    assert all(exchange.held for exchange in exchanges)
    intent_us = _each_us(record_intent, exchanges)
    for exchange in exchanges:
        _answered(exchange)
    settlement_us = _each_us(record_settlement, exchanges)
    assert not any(exchange.held for exchange in exchanges)
    return Steps(
        key_us=key_us,
        reservation_us=reservation_us,
        intent_us=intent_us,
        settlement_us=settlement_us,
        bound_us=_each_us(_bounded, exchanges),
        purse_us=_each_us(_taken_and_settled, exchanges),
    )


def _each_us(step: Callable[[Exchange], object], exchanges: Sequence[Exchange]) -> float:
    """Processor time of this thread alone: nobody else's work counts."""
    began = time.thread_time_ns()
    for exchange in exchanges:
        step(exchange)
    return (time.thread_time_ns() - began) / len(exchanges) / 1000


def _begun(worker: workers.Worker, number: int) -> Exchange:
    """An exchange whose request has come, and whose decision is known; not yet its caller."""
    key = workload.KEYS[number % len(workload.KEYS)]
    model = workload.MODELS[number // len(workload.KEYS) % len(workload.MODELS)]
    body = workload.request_body(model)
    headers = {b"authorization": f"Bearer {key}".encode(), b"host": b"gateway"}
    request = Request(
        b"POST",
        workload.PATH.encode(),
        headers,
        body,
        keep_alive=True,
        chunked=True,
        received_at=time.monotonic(),
    )
    exchange = Exchange(ClientConnection(worker), request, worker)
    exchange.route = front_door(request)
    exchange.spec = spec = spec_of("openai_chat")
    exchange.head = spec.read_request(body)
    caller = _authenticated(exchange)
    exchange.plan = worker.plane.router.plan(caller, model, spec, request, exchange.started_us)
    return exchange


def _authenticated(exchange: Exchange) -> Caller:
    request = exchange.request
    caller = exchange.plane.keys.authenticate(
        request.target, request.headers, exchange.started_us, request
    )
    exchange.caller = caller
    return caller


def _reserved(exchange: Exchange) -> bool:
    plan, spec, head = exchange.plan, exchange.spec, exchange.head
    assert plan is not None
    assert spec is not None
    assert head is not None
    return reserved_at_once(exchange, plan, spec, head)


def _answered(exchange: Exchange) -> None:
    """The first deployment has answered with its usage."""
    plan, attempts = exchange.plan, exchange.attempts
    assert plan is not None
    attempts.begin(plan.steps[0], 0.1)
    attempts.first_byte_ms = exchange.first_byte_ms = 1.5
    attempts.close(plan, "answered", 200, 1.6)
    exchange.usage = USAGE
    exchange.outcome, exchange.status = "answered", 200
    exchange.response_bytes, exchange.total_ms = workload.ANSWER_BYTES, 1.6


def _bounded(exchange: Exchange) -> object:
    hold = exchange.hold
    assert hold is not None
    return input_tokens_bound(
        exchange.request.body,
        "openai_chat",
        tools=False,
        context_tokens=hold.terms.context_tokens,
        habits=hold.terms.habits,
    )


def _taken_and_settled(exchange: Exchange) -> None:
    """The arithmetic in five accounts alone."""
    purse, hold = exchange.worker.purse, exchange.hold
    assert hold is not None
    assert purse.reserve(hold, purse.now_us())
    purse.settle(hold, SPENT_PICO_USD, USED_TOKENS, purse.now_us())


def main() -> None:
    """Print the steps as JSON; the first argument is how many rounds."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)
    sys.stdout.write(msgspec.json.encode(measure(rounds=int(sys.argv[1]))).decode() + "\n")


if __name__ == "__main__":
    main()
