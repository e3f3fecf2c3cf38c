"""What the admin API works with: the parts of the control process that its routes ask."""

from collections.abc import Awaitable, Callable

import msgspec

from detente import __version__
from detente.gateway.admin.access import Access
from detente.gateway.admin.audit import Audit
from detente.gateway.allowances.budget_book import BudgetBook
from detente.gateway.callers.key_book import KeyBook
from detente.gateway.drills import DrillDesk
from detente.gateway.guarding.held_desk import HeldDesk
from detente.gateway.measures.headroom_report import HeadroomReport
from detente.gateway.measures.metrics import Figures


class Status(msgspec.Struct, kw_only=True):
    """What the control process knows of the gateway now.

    `configuration` is the file that it runs; `reload_errors` are what kept its last reload from
    being in force, by whatever way it was asked for.
    """

    started_at: float
    workers: int
    configuration: str = ""
    version: str = __version__
    entries: int = 0
    open: int = 0
    reloads: int = 0
    reload_errors: tuple[str, ...] = ()


class AdminParts(msgspec.Struct, frozen=True, kw_only=True):
    """What routes ask.

    `reload` returns the errors that kept the old configuration, `headroom` what the workers have
    heard of limits, `drills` begins and ends them, `held` is where operators decide; `access` knows
    who asks, `audit` who changed what, `figures` what is counted; `keys` has projects and keys,
    `budgets` what is left of what they may spend.
    """

    status: Status
    reload: Callable[[], Awaitable[tuple[str, ...]]]
    headroom: Callable[[], Awaitable[HeadroomReport]]
    drills: DrillDesk
    held: HeldDesk
    access: Access
    audit: Audit
    figures: Figures
    keys: KeyBook
    budgets: BudgetBook
