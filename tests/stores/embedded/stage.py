"""The embedded stores under test: files in a temporary folder, and a clock that is set."""

from pathlib import Path

from detente.ledger.store.batch import Batch
from detente.ledger.store.database import Ledger
from detente.stores.embedded.money import EmbeddedMoney
from detente.stores.embedded.windows import FILE_NAME, EmbeddedWindows

TIMEOUT_MS = 10_000
"""Nothing here waits for so long, unless the machine has much else to do."""


class EmbeddedStage:
    """Implements `tests.stores.suite.Stage`."""

    def __init__(self, folder: Path) -> None:
        self.ledger = folder / "ledger.sqlite3"
        self.limits = folder / FILE_NAME
        self.now_us = 5_000_000_000
        self.boot = "first"
        Ledger.open(self.ledger, now_us=0).close()

    async def money(self) -> EmbeddedMoney:
        return EmbeddedMoney(self.ledger, timeout_ms=TIMEOUT_MS)

    async def windows(self) -> EmbeddedWindows:
        return EmbeddedWindows(
            self.limits, timeout_ms=TIMEOUT_MS, clock=lambda: self.now_us, boot=lambda: self.boot
        )

    async def spend(self, account: str, holder: str, amount: int) -> None:
        ledger = Ledger.open(self.ledger, now_us=0)
        ledger.commit(Batch(spends={(account, holder): amount}))
        ledger.close()

    async def passes(self, us: int) -> None:
        self.now_us += us
