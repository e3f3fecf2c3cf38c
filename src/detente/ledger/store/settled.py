"""A settlement as the ledger's writer reads it: as far as a row needs.

>>> msgspec.msgpack.decode(payload, type=Settled).outcome
'answered'
"""

import msgspec

from detente.canonical.entry import EntryOutcome
from detente.canonical.guardrail import Screened
from detente.canonical.safety import SafetySignal
from detente.canonical.usage import Usage


class Settled(msgspec.Struct, frozen=True, array_like=True, tag="s", gc=False):
    """The beginning of a `Settlement`, with only what a row needs decoded.

    Numbers and what is seldom there are decoded too, which takes less than leaving them raw.
    """

    id: str
    outcome: EntryOutcome
    status: int
    error: str | None
    deployment: str | None
    upstream_dialect: msgspec.Raw
    decision: str | None
    attempts: msgspec.Raw
    usage: Usage | None
    cost_pico_usd: int | None
    charge_pico_usd: int | None
    price: msgspec.Raw
    losses: tuple[str, ...]
    response_bytes: int
    first_byte_ms: float | None
    total_ms: float
    client_try: int
    safety: tuple[SafetySignal, ...] = ()
    spends: tuple[tuple[str, int], ...] = ()
    reserved_pico_usd: int | None = None
    screened: tuple[Screened, ...] = ()
