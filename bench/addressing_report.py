"""The addressing part of the table: the slowest kind of provider beside its target, and all below.

Pure, like `report`. Example: `addressing(measure(rounds=5), rsa_us=270.0).rows[0].figure`.
"""

from typing import Final

from bench.addressing import Addressed, slowest
from bench.report import Row, Section, table

SIGNED_US_TARGET: Final = 80.0
BEARER_US_TARGET: Final = 10.0


def addressing(figures: tuple[Addressed, ...], *, rsa_us: float) -> Section:
    """What reaching one provider costs, the slowest kind counting."""
    rows = (
        _row("a signed request", slowest(figures, signs=True), SIGNED_US_TARGET),
        _row("a request with a key", slowest(figures, signs=False), BEARER_US_TARGET),
    )
    lines = [
        (one.kind, one.dialect, "signature" if one.signs else "key", f"{one.cpu_us:.1f}")
        for one in figures
    ]
    details = (
        "Head, credential lines and demands of a chat request of 1 KB, CPU µs:",
        "",
        *table(("kind", "dialect", "by", "µs"), lines),
        "",
        f"Oracle's is without its RSA signature of 2048 bits, which takes {rsa_us:.0f} µs.",
    )
    return Section(title="addressing", rows=rows, details=details)


def _row(what: str, one: Addressed, target: float) -> Row:
    return Row(
        what=f"addressing: {what}",
        figure=f"{one.cpu_us:.1f} µs ({one.kind})",
        target=f"≤ {target:g} µs",
        met=one.cpu_us <= target,
    )
