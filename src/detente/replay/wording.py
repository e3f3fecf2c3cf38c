"""What a drill showed, in sentences; without full stops, so that whoever shows them sets them.

>>> sentence(evidence)
'without `host:microsoft`, 97 of 100 requests (97.0%) were served elsewhere, and 3 failed'
"""

from detente.replay.evidence import Evidence


def sentence(e: Evidence) -> str:
    """What the drill showed, in one sentence without a full stop."""
    if not e.requests:
        return f"nothing depended on `{e.without}`: none of {e.total:,} requests went there"
    would = "were" if e.mode == "live" else "would have been"
    share = f"{e.moved / e.requests:.1%}"
    said = (
        f"without `{e.without}`, {e.moved:,} of {e.requests:,} requests ({share}) {would} served"
        f" elsewhere, and {e.failed:,} {'failed' if e.mode == 'live' else 'would have failed'}"
    )
    if e.unfinished:
        said += f"; {e.unfinished:,} hung up or were still served there"
    return f"{said}; the switch took {seconds(e.exit_takes_s)}" if e.exit_takes_s else said


def cost_sentence(e: Evidence) -> str | None:
    """The cost of what moved, there and elsewhere; None where nothing moved at a known price."""
    before, after = e.cost_before_usd, e.cost_after_usd
    if not before and not after:
        return None
    change = f" ({float(after / before) - 1:+.1%})" if before else ""
    unknown = f"; {e.unpriced:,} requests at an unknown price are not counted" if e.unpriced else ""
    return f"what moved cost ${after:,.6f} in place of ${before:,.6f}{change}{unknown}"


def latency_sentence(e: Evidence) -> str | None:
    """The usual first byte of what moved, there and elsewhere, the mean over its requests; None
    where nothing moved between two deployments that were both measured."""
    timed = [
        (move.requests, move.first_byte_before_ms, move.first_byte_after_ms)
        for move in e.moves
        if move.first_byte_before_ms is not None and move.first_byte_after_ms is not None
    ]
    requests = sum(count for count, _, _ in timed)
    if not requests:
        return None
    before = sum(count * ms for count, ms, _ in timed) / requests
    after = sum(count * ms for count, _, ms in timed) / requests
    said = f"the first byte of what moved takes {after:,.1f} ms in place of {before:,.1f} ms"
    missing = e.moved - requests
    return f"{said}; {missing:,} requests went where none was measured" if missing else said


def seconds(value: float | None) -> str:
    """A time that something took, in its natural unit."""
    if value is None:
        return "unknown"
    return f"{value * 1000:.3g} ms" if value < 1 else f"{value:,.1f} s"
