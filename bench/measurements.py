"""The measurements one by one: each starts its own upstream and contestants, and reports.

Example: `MEASUREMENTS["latency"](setting)`.
"""

import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

import msgspec

from bench import (
    addressing,
    addressing_report,
    allowances,
    allowances_report,
    deciding,
    deciding_report,
    gateway,
    guardrails,
    guardrails_report,
    latency,
    machine,
    memory,
    nginx,
    process,
    report,
    startup,
    streams,
    throughput,
    translation,
    translation_report,
    whatif,
    whatif_report,
    workload,
)
from bench.nginx import Address, Contestant
from bench.report import Section
from bench.throughput import Loading

PROTOTYPE_UPSTREAM_PORT = 9001
PROTOTYPE_KEYS = tuple(f"sk-{number:04d}" for number in range(50))
PROTOTYPE_MODEL = "gpt-mock"
STEP_ROUNDS_EACH = 30
CLAUSE_PAIRS = 20
"""Runs with and without clauses: the difference is smaller than that of two runs alike."""


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """How thoroughly, on which cores, and where progress is told.

    `compiled` is where the sources with a compiled hot path are, None where it runs as it is.
    """

    cores: machine.Cores
    seconds: float
    pairs: int
    streams: int
    requests_late: int
    startup_runs: int
    replayed: int
    rounds: int
    prototype: str | None
    compiled: Path | None
    say: Callable[[str], None]


def plain(setting: Setting) -> tuple[Section, ...]:
    """Throughput per core over plain HTTP, and the ledger counted against the answers."""
    loading = _loading(setting)
    # The prototype has its upstream's port built in.
    port = PROTOTYPE_UPSTREAM_PORT if setting.prototype else None
    with (
        nginx.upstream(core=setting.cores.load, port=port) as upstream,
        nginx.proxy(upstream, core=setting.cores.measured) as proxy,
        _ours(setting, upstream) as ours,
        _prototype(setting) as others,
        _interpreted(setting, upstream) as interpreted,
    ):
        contestants = [(proxy, loading), (ours.contestant, loading), *interpreted, *others]
        series = throughput.measure(contestants, pairs=setting.pairs, say=setting.say)
        entries = ours.entries_at_least(series[1].answers)
    ratios = [throughput.ratio(one, series[0]) for one in series[1:]]
    open_at_end = workload.CONNECTIONS * (setting.pairs + 1)
    return (
        report.throughput("throughput per core", series, ratios),
        report.ledger(series[1].answers, entries, open_at_end),
    )


def tls(setting: Setting) -> tuple[Section, ...]:
    """Throughput per core with a TLS upstream whose certificate is verified."""
    loading = _loading(setting)
    with (
        nginx.upstream(core=setting.cores.load, tls=True) as upstream,
        nginx.proxy(upstream, core=setting.cores.measured) as proxy,
        _ours(setting, upstream) as ours,
    ):
        contestants = [(proxy, loading), (ours.contestant, loading)]
        series = throughput.measure(contestants, pairs=setting.pairs, say=setting.say)
    ratio = throughput.ratio(series[1], series[0])
    return (report.throughput("throughput per core, TLS upstream", series, [ratio]),)


def added_latency(setting: Setting) -> tuple[Section, ...]:
    """Latency added to a direct call at a fixed rate."""
    with (
        nginx.upstream(core=setting.cores.load) as upstream,
        nginx.proxy(upstream, core=setting.cores.measured) as proxy,
        _ours(setting, upstream) as ours,
    ):
        measured = latency.added(
            upstream.port,
            [proxy, ours.contestant],
            seconds=setting.seconds,
            pairs=setting.pairs,
            core=setting.cores.load,
            say=setting.say,
        )
    return (report.latency(measured, latency.RATE_PER_S),)


def events(setting: Setting) -> tuple[Section, ...]:
    """Processor time per event when each event is a write of its own."""
    with (
        streams.upstream("paced", core=setting.cores.load) as upstream,
        nginx.proxy(upstream, core=setting.cores.measured, buffering=False) as proxy,
        _ours(setting, upstream) as ours,
    ):
        measured = streams.per_event(
            [proxy, ours.contestant],
            seconds=setting.seconds,
            pairs=setting.pairs,
            core=setting.cores.load,
            say=setting.say,
        )
    return (report.per_event(measured),)


def bursts(setting: Setting) -> tuple[Section, ...]:
    """Streams a second when all events come at once."""
    loading = msgspec.structs.replace(_loading(setting), stream=True)
    with (
        streams.upstream("burst", core=setting.cores.load) as upstream,
        nginx.proxy(upstream, core=setting.cores.measured, buffering=False) as proxy,
        _ours(setting, upstream) as ours,
    ):
        contestants = [(proxy, loading), (ours.contestant, loading)]
        series = throughput.measure(contestants, pairs=setting.pairs, say=setting.say)
    ratio = throughput.ratio(series[1], series[0])
    title = f"streams in bursts of {workload.EVENTS_PER_STREAM} events"
    return (report.throughput(title, series, [ratio]),)


def open_streams(setting: Setting) -> tuple[Section, ...]:
    """Memory that open streams hold."""
    with (
        streams.upstream("hold", core=setting.cores.load) as upstream,
        _ours(setting, upstream) as ours,
    ):
        measured = memory.per_stream(
            ours.contestant, streams=setting.streams, core=setting.cores.load
        )
        setting.say(f"  {measured.rss_bytes_each / 1000:.1f} KB each")
    return (report.per_stream(measured),)


def growth(setting: Setting) -> tuple[Section, ...]:
    """Memory after many requests beside memory after some."""
    with (
        nginx.upstream(core=setting.cores.load) as upstream,
        _ours(setting, upstream) as ours,
    ):
        measured = memory.growth(
            ours.contestant,
            early=memory.REQUESTS_EARLY,
            late=setting.requests_late,
            core=setting.cores.load,
            say=setting.say,
        )
    return (report.growth(measured),)


def start(setting: Setting) -> tuple[Section, ...]:
    """Start of the command beside a bare interpreter."""
    measured = startup.measure(runs=setting.startup_runs, core=setting.cores.measured)
    setting.say(f"  {measured.version_ms:.1f} ms over {measured.bare_ms:.1f} ms")
    return (report.startup(measured),)


def translating(setting: Setting) -> tuple[Section, ...]:
    """What translating costs between any two dialects."""
    with machine.pinned(setting.cores.measured):
        measured = translation.measure(rounds=setting.rounds)
    return (translation_report.translation(measured),)


def addressed(setting: Setting) -> tuple[Section, ...]:
    """What addressing and signing a request costs at each kind of provider."""
    with machine.pinned(setting.cores.measured):
        figures = addressing.measure(rounds=setting.rounds)
        rsa_us = addressing.rsa_us()
    return (addressing_report.addressing(figures, rsa_us=rsa_us),)


def agreed(setting: Setting) -> tuple[Section, ...]:
    """What a question to the agreements costs, and what many clauses add to a request."""
    with machine.pinned(setting.cores.measured):
        found = deciding.measure(rounds=setting.rounds)
    setting.say(f"  {found.cached_us:.1f} us cached, {found.cold_us:.0f} us cold")
    sources, core = setting.compiled or process.SOURCES, setting.cores.measured
    with (
        nginx.upstream(core=setting.cores.load) as upstream,
        gateway.gateway(upstream, core=core, name="no clauses", sources=sources, clauses=0) as none,
        gateway.gateway(
            upstream, core=core, name="clauses", sources=sources, clauses=deciding.CLAUSES
        ) as many,
    ):
        loading = _loading(setting)
        contestants = [(none.contestant, loading), (many.contestant, loading)]
        series = throughput.measure(contestants, pairs=CLAUSE_PAIRS, say=setting.say)
    return (deciding_report.deciding(found), deciding_report.added(series[0], series[1]))


def allowed(setting: Setting) -> tuple[Section, ...]:
    """What budgets and limits cost: step by step, in throughput, and in asks of the store."""
    ways = {"interpreted": process.SOURCES}
    if setting.compiled is not None:
        ways = {"compiled": setting.compiled, **ways}
    core, rounds = setting.cores.measured, STEP_ROUNDS_EACH * setting.rounds
    steps = {
        how: allowances.steps(sources, rounds=rounds, core=core) for how, sources in ways.items()
    }
    loading, sources = _loading(setting), setting.compiled or process.SOURCES
    with (
        nginx.upstream(core=setting.cores.load) as upstream,
        nginx.proxy(upstream, core=core) as proxy,
        gateway.gateway(upstream, core=core, name="no-budgets", sources=sources) as none,
        gateway.gateway(
            upstream, core=core, name="budgets", sources=sources, allowances=True
        ) as all_on,
    ):
        contestants = [(one, loading) for one in (proxy, none.contestant, all_on.contestant)]
        first, second, third = throughput.measure(contestants, pairs=setting.pairs, say=setting.say)
        asks = allowances.asked(all_on)
        entries = all_on.entries_at_least(third.answers)
    ratio = throughput.ratio(third, first)
    return (
        allowances_report.stepped(steps),
        allowances_report.served((first, second, third), ratio, asks),
        report.ledger(third.answers, entries, workload.CONNECTIONS * (setting.pairs + 1)),
    )


def looked(setting: Setting) -> tuple[Section, ...]:
    """What looking for personal data and secrets costs."""
    with machine.pinned(setting.cores.measured):
        found = guardrails.measure(rounds=setting.rounds)
    return (guardrails_report.looks(found),)


def replayed(setting: Setting) -> tuple[Section, ...]:
    """How long recorded traffic takes to replay under other terms; on all processors."""
    found = whatif.measure(process.WORK, requests=setting.replayed, say=setting.say)
    return (whatif_report.replays(found),)


MEASUREMENTS: Final[Mapping[str, Callable[[Setting], tuple[Section, ...]]]] = {
    "throughput": plain,
    "tls": tls,
    "latency": added_latency,
    "events": events,
    "bursts": bursts,
    "streams": open_streams,
    "growth": growth,
    "translation": translating,
    "addressing": addressed,
    "agreements": agreed,
    "allowances": allowed,
    "guardrails": looked,
    "whatif": replayed,
    "start": start,
}


def _ours(setting: Setting, upstream: Address) -> AbstractContextManager[gateway.Gateway]:
    """The gateway that is measured: with its hot path compiled where there is a compiler."""
    return gateway.gateway(
        upstream,
        core=setting.cores.measured,
        sources=setting.compiled or process.SOURCES,
    )


@contextmanager
def _interpreted(
    setting: Setting, upstream: Address
) -> Generator[list[tuple[Contestant, Loading]], None, None]:
    """The same gateway without compilation as one more contestant, where it is not the same."""
    if setting.compiled is None:
        yield []
        return
    name = "detente-interpreted"
    with gateway.gateway(upstream, core=setting.cores.measured, name=name) as plain_one:
        yield [(plain_one.contestant, _loading(setting))]


def _loading(setting: Setting) -> Loading:
    return Loading(seconds=setting.seconds, core=setting.cores.load)


@contextmanager
def _prototype(setting: Setting) -> Generator[list[tuple[Contestant, Loading]], None, None]:
    """A bare prototype as one more contestant, where one was named."""
    if setting.prototype is None:
        yield []
        return
    port = machine.free_port()
    command = [sys.executable, setting.prototype, str(port)]
    with process.started("prototype", command, core=setting.cores.measured) as program:
        process.wait_for_port(program, port)
        loading = msgspec.structs.replace(
            _loading(setting), keys=PROTOTYPE_KEYS, models=(PROTOTYPE_MODEL,)
        )
        yield [(Contestant(name="prototype", program=program, port=port), loading)]
