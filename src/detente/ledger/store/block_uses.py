"""The use in one block of the ledger, request by request; what requests share is decoded once.

Rehearsed requests are no use, nor are those that no deployment saw. Touches no file.

>>> BlockUses().of(records)[0].of
UseClass(deployment='openai/gpt-4', model='openai/gpt-4', project='shop')
"""

import msgspec

from detente.canonical.entry import EntryOutcome
from detente.canonical.usage import Usage
from detente.ledger.store.blocks import asked, columns_of
from detente.ledger.store.record_bytes import CLASSES_HELD_MAX
from detente.ledger.uses import UseClass, Used


class Tried(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The beginning of an `Attempt`, with only what use needs decoded."""

    deployment: msgspec.Raw
    result: str
    status: int
    decision: msgspec.Raw
    started_ms: float
    first_byte_ms: float | None


class Ended(msgspec.Struct, frozen=True, array_like=True, tag="s", gc=False):
    """The beginning of a `Settlement`, with only what use needs decoded."""

    id: msgspec.Raw
    outcome: EntryOutcome
    status: int
    error: msgspec.Raw
    deployment: str | None
    upstream_dialect: msgspec.Raw
    decision: msgspec.Raw
    attempts: tuple[Tried, ...]
    usage: Usage | None
    cost_pico_usd: int | None


class BlockUses:
    """Finds the use in blocks, and remembers the classes that it met."""

    def __init__(self) -> None:
        self._class_of: dict[tuple[bytes, str], UseClass | None] = {}
        """By what an intent shares with its class, and by where it was answered."""
        self._met: dict[UseClass, UseClass] = {}
        """Each class to the one object that says it: what is the same is soon compared."""

    def of(self, records: bytes) -> list[Used]:
        """The use in a block; raises `msgspec.DecodeError` where a record cannot be read."""
        found: list[Used] = []
        for started_us, shared, ended in zip(*columns_of(records, Ended), strict=True):
            if ended.deployment is None:
                continue
            key = (shared, ended.deployment)
            try:
                of = self._class_of[key]
            except KeyError:
                of = self._take_class(*key)
            if of is None:
                continue
            tried = ended.attempts[-1] if ended.attempts else None
            found.append(
                Used(
                    of,
                    started_us,
                    1 if ended.outcome == "answered" else 0,
                    ended.usage,
                    ended.cost_pico_usd,
                    None if tried is None or tried.result != "answered" else tried.first_byte_ms,
                )
            )
        return found

    @property
    def held(self) -> int:
        """How many beginnings of intents it knows the class of."""
        return len(self._class_of)

    def _take_class(self, shared: bytes, deployment: str) -> UseClass | None:
        """The class of requests that begin like none before; None where they are no use."""
        if len(self._class_of) >= CLASSES_HELD_MAX:
            self._class_of.clear()
            self._met.clear()
        intent, of = asked(shared), None
        if intent.model is not None and not intent.rehearsed:
            of = UseClass(
                deployment=deployment,
                model=intent.model,
                project=intent.project,
                labels=intent.labels,
                interface=intent.interface,
            )
            of = self._met.setdefault(of, of)
        self._class_of[shared, deployment] = of
        return of
