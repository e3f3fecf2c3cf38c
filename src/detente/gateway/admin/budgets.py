"""Budgets and limits: what is spent, held and left of each (`gateway.budget_book`)."""

from typing import Final

import msgspec

from detente.gateway.admin.operation import Answer, Call, Operation
from detente.gateway.admin.parts import AdminParts
from detente.gateway.allowances.budget_book import BudgetsShown

PATH: Final = "/admin/v1/budgets"


class BudgetsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of whom: a key, a project with its keys, or everybody; `past` adds periods that are over."""

    project: str | None = None
    key: str | None = None
    past: bool = False


async def list_budgets(parts: AdminParts, call: Call) -> Answer:
    """The accounts that the asker may see: a member's are those of the own project and its keys."""
    query = call.query_of(BudgetsQuery)
    project = query.project
    if call.reach != "all":
        if project not in (None, call.asker.project) or call.asker.project is None:
            return Answer(BudgetsShown())
        project = call.asker.project
    return Answer(await parts.budgets.shown(project=project, key=query.key, past=query.past))


BUDGETS: Final = (
    Operation(
        name="list_budgets",
        method="GET",
        path=PATH,
        summary="What is spent, held and left of budgets and limits, and which alerts there were.",
        permission="budgets_read",
        query=BudgetsQuery,
        answers={200: BudgetsShown},
        handler=list_budgets,
    ),
)
"""What the admin API does with budgets."""
