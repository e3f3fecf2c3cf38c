"""`/metrics`: what is counted, for Prometheus (`gateway.exposition`)."""

from typing import Final

import msgspec
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from detente.gateway.admin.operation import Answer, Call, Operation
from detente.gateway.admin.parts import AdminParts
from detente.gateway.measures.exposition import exposed
from detente.stores.interface import StoreUnavailable


class Exposition(msgspec.Struct, frozen=True, kw_only=True):
    """Prometheus's text format, which is no JSON."""


async def show_metrics(parts: AdminParts, _call: Call) -> Answer:
    """Everything that is counted; budgets only while their store answers."""
    try:
        accounts = (await parts.budgets.shown(project=None, key=None, past=False)).accounts
    except StoreUnavailable:
        accounts = ()  # the other numbers say that it is away
    return Answer(exposed(parts.figures, accounts))


SCRAPE: Final = (
    Operation(
        name="show_metrics",
        method="GET",
        path="/metrics",
        summary="What is counted, in Prometheus's text format.",
        permission="read",
        answers={200: Exposition},
        handler=show_metrics,
        media=CONTENT_TYPE_PLAIN_0_0_4,
    ),
)
