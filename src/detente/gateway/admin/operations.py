"""Every operation of the admin API, in the order in which its reference tells them."""

from typing import Final

from detente.gateway.admin.budgets import BUDGETS
from detente.gateway.admin.changes import CHANGES
from detente.gateway.admin.drills import DRILLS
from detente.gateway.admin.held import HELD
from detente.gateway.admin.keys import KEYS
from detente.gateway.admin.operation import Operation
from detente.gateway.admin.projects import PROJECTS
from detente.gateway.admin.scrape import SCRAPE
from detente.gateway.admin.status import STATUS

OPERATIONS: Final[tuple[Operation, ...]] = (
    *STATUS,
    *DRILLS,
    *HELD,
    *PROJECTS,
    *KEYS,
    *BUDGETS,
    *CHANGES,
    *SCRAPE,
)
