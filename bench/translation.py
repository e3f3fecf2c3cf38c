"""What translating costs, for every pair of a client's dialect and an upstream's.

Measured in this process and by processor time: the gateway's translation lane from a request's
bytes to the upstream's, and from the answer's bytes back to the client's. Sockets, keys, decisions
and the ledger are those of any request, and measured by the others.

Example: `measure(rounds=5).plain_us[("openai_chat", "gemini_generate")]`.
"""

import time
import tracemalloc
from collections.abc import Callable, Mapping
from statistics import median

import msgspec

from bench import translation_workload as work
from bench.translation_workload import DIALECTS, Bodies, StreamBytes, codec
from detente.canonical.model import Dialect
from detente.dialects.translation import Translation

CALLS = 20
BURST_EVENTS = 20
"""About what a platform that sends in bursts puts into one piece."""

Pair = tuple[Dialect, Dialect]
"""The client's dialect, then the upstream's."""
Figures = Mapping[Pair, float]


class Translated(msgspec.Struct, frozen=True, kw_only=True):
    """One figure a pair.

    `plain_us` and `tools_us`: request there and answer back; `event_us` and `burst_us`: one event
    of a stream; `images_ms`: a request with 1 MB of base64 there; `images_copies`: the most memory
    that it took meanwhile, its new body included, in multiples of that MB.
    """

    plain_us: Figures
    tools_us: Figures
    event_us: Figures
    burst_us: Figures
    images_ms: Figures
    images_copies: Figures


def measure(*, rounds: int) -> Translated:
    """Each figure is the median over `rounds` of the mean of a few calls."""
    plain, tools = work.plain(), work.with_tools()
    streams: Mapping[Dialect, StreamBytes] = {name: work.stream(name) for name in DIALECTS}
    images: Mapping[Dialect, bytes] = {name: work.with_images(name) for name in DIALECTS}
    return Translated(
        plain_us=_each(lambda pair: _cpu_us(_there_and_back(plain, pair), rounds)),
        tools_us=_each(lambda pair: _cpu_us(_there_and_back(tools, pair), rounds)),
        event_us=_each(lambda pair: _cpu_us(_events(streams, pair, 1), rounds)),
        burst_us=_each(
            lambda pair: _cpu_us(_events(streams, pair, BURST_EVENTS), rounds) / BURST_EVENTS
        ),
        images_ms=_each(lambda pair: _cpu_us(_there(images[pair[0]], pair), rounds, 1) / 1_000),
        images_copies=_each(lambda pair: _copies(_there(images[pair[0]], pair))),
    )


def worst(figures: Figures) -> tuple[Pair, float]:
    """The pair that costs most, and what it costs."""
    return max(figures.items(), key=lambda item: item[1])


def _each(figure: Callable[[Pair], float]) -> Figures:
    return {
        (client, upstream): figure((client, upstream))
        for client in DIALECTS
        for upstream in DIALECTS
    }


def _cpu_us(call: Callable[[], object], rounds: int, calls: int = CALLS) -> float:
    call()
    times: list[int] = []
    for _ in range(rounds):
        began = time.process_time_ns()
        for _ in range(calls):
            call()
        times.append(time.process_time_ns() - began)
    return median(times) / calls / 1_000


def _there(body: bytes, pair: Pair) -> Callable[[], object]:
    """A request's way to the upstream."""
    client, upstream = map(codec, pair)

    def call() -> bytes:
        translation = Translation(client, body, model="bench-00", stream=False)
        return translation.encoded_for(upstream, work.TARGET).body

    return call


def _there_and_back(bodies: Bodies, pair: Pair) -> Callable[[], object]:
    """A request's way to the upstream, and its answer's way back."""
    client, upstream = map(codec, pair)
    request, answer = bodies.requests[pair[0]], bodies.answers[pair[1]]

    def call() -> bytes:
        translation = Translation(client, request, model="bench-00", stream=False)
        outgoing = translation.encoded_for(upstream, work.TARGET)
        return outgoing.answer(answer, work.reply(translation.request)).body

    return call


def _events(streams: Mapping[Dialect, StreamBytes], pair: Pair, count: int) -> Callable[[], object]:
    """Some events in one piece, in the midst of a stream."""
    client, upstream = map(codec, pair)
    asked = work.plain().requests[pair[0]]
    translation = Translation(client, asked, model="bench-00", stream=True)
    outgoing = translation.encoded_for(upstream, work.TARGET)
    tap = outgoing.tap(work.reply(translation.request))
    tap.feed(streams[pair[1]].beginning)
    piece = streams[pair[1]].event * count
    return lambda: tap.feed(piece)


def _copies(call: Callable[[], object]) -> float:
    """The peak of what `call` holds, in multiples of the images."""
    call()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        call()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return (peak - before) / work.IMAGES_BASE64_BYTES
