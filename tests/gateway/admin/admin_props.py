"""An admin API without a gateway: its parts, and how a server calls it."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from detente.canonical.headroom import Headroom
from detente.canonical.model import Deployment
from detente.canonical.principal import Role
from detente.canonical.world import World
from detente.configuration.callers import Administrator
from detente.configuration.schema import Configuration, Server
from detente.gateway.admin.access import Access
from detente.gateway.admin.audit import Audit
from detente.gateway.admin.parts import AdminParts, Status
from detente.gateway.allowances.budget_book import BudgetBook, Owners
from detente.gateway.allowances.leasing import owners_in
from detente.gateway.callers.key_book import KeyBook
from detente.gateway.drills import Drill, DrillDesk
from detente.gateway.guarding.held_desk import HeldDesk
from detente.gateway.link.server import LinkServer
from detente.gateway.measures.headroom_report import HeadroomReport
from detente.gateway.measures.headrooms import Reading
from detente.gateway.measures.metrics import Figures
from detente.ledger.store.database import Ledger
from detente.principals.hashing import PEPPER_BYTES, hash_text
from detente.stores.embedded.money import EmbeddedMoney
from detente.stores.embedded.principals import EmbeddedPrincipals
from detente.stores.embedded.windows import EmbeddedWindows

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LOCAL = ("127.0.0.1", 5)
Reload = Callable[[], Awaitable[tuple[str, ...]]]


async def reloaded() -> tuple[str, ...]:
    return ()


async def heard() -> HeadroomReport:
    reading = Reading(
        at=datetime(2026, 11, 22, tzinfo=UTC), headroom=Headroom(requests_remaining=9)
    )
    return HeadroomReport(deployments={"p/x": reading}, silent=("w1",))


class Desk(DrillDesk):
    """One that begins and ends drills, and notes what workers would be told."""

    def __init__(self) -> None:
        self.told: list[Drill | None] = []
        deployment = Deployment(
            id="p/x", model="a/m", provider="p", kind="openai", upstream_id="x", host="h"
        )
        super().__init__(
            world=lambda: World(models=(), deployments=(deployment,)),
            tell=self.told.append,
            wall=lambda: datetime(2026, 11, 22, tzinfo=UTC),
            now=lambda: 100.0,
        )


KEYS: dict[Role, str] = {
    "owner": "dt-owner",
    "operator": "dt-operator",
    "auditor": "dt-auditor",
    "member": "dt-member",
}
"""A key of somebody in each role; the member is one of the project `shop`."""


def administered(**server: Any) -> Configuration:
    """A configuration with somebody in each role, by the names of the roles."""
    return Configuration(
        server=Server(**server),
        administrators={
            role: Administrator(
                hash=hash_text(key), role=role, project="shop" if role == "member" else None
            )
            for role, key in KEYS.items()
        },
    )


def parts_in(
    state: Path,
    *,
    configuration: Configuration | None = None,
    reload: Reload = reloaded,
    drills: DrillDesk | None = None,
    held: HeldDesk | None = None,
) -> AdminParts:
    """The parts of a gateway whose state folder is `state`."""
    numbers = count(1)
    found = configuration or Configuration()
    return AdminParts(
        status=Status(started_at=0.0, workers=2),
        reload=reload,
        headroom=heard,
        drills=drills or Desk(),
        held=held or HeldDesk(LinkServer(state), (), wait_s=0.0),
        access=Access(lambda: found, wall=lambda: NOW),
        audit=Audit(state, wall=lambda: NOW, new_id=lambda: f"c{next(numbers)}"),
        figures=Figures(),
        keys=book_in(state, found),
        budgets=budgets_in(state, found),
    )


def book_in(state: Path, configuration: Configuration) -> KeyBook:
    """Projects and keys of a ledger in that folder."""
    path = state / "ledger.sqlite3"
    Ledger.open(path, now_us=0).close()
    return KeyBook(
        EmbeddedPrincipals(path, timeout_ms=1_000),
        configuration=lambda: configuration,
        peppers=(b"p" * PEPPER_BYTES,),
        master_key=None,
        wall=lambda: NOW,
        random=secrets.token_bytes,
    )


def budgets_in(state: Path, configuration: Configuration) -> BudgetBook:
    """Budgets and limits in files of that folder; limits in one that nobody else has open."""
    path = state / "ledger.sqlite3"
    principals = EmbeddedPrincipals(path, timeout_ms=1_000)

    async def owners() -> Owners:
        return owners_in(configuration, await principals.load())

    return BudgetBook(
        EmbeddedMoney(path, timeout_ms=1_000),
        EmbeddedWindows(state / f"limits-{secrets.token_hex(4)}.sqlite3", timeout_ms=1_000),
        owners=owners,
        wall=lambda: NOW,
    )


def asked(
    app: ASGIApp,
    method: str,
    path: str,
    headers: list[tuple[str, str]] | None = None,
    *,
    body: bytes = b"",
    client: tuple[str, int] | None = LOCAL,
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of what `app` answers."""
    found = asyncio.run(_asked(app, method, path, headers, body=body, client=client))
    head = {name.decode(): value.decode() for name, value in found[0]["headers"]}
    return found[0]["status"], head, b"".join(part.get("body", b"") for part in found[1:])


async def _asked(
    app: ASGIApp,
    method: str,
    path: str,
    headers: list[tuple[str, str]] | None,
    *,
    body: bytes,
    client: tuple[str, int] | None,
) -> list[MutableMapping[str, Any]]:
    path, _, query = path.partition("?")
    named = [("host", "127.0.0.1:8081")] if headers is None else headers
    scope: dict[str, Any] = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "client": client,
        "headers": [(name.encode(), value.encode()) for name, value in named],
    }
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent
