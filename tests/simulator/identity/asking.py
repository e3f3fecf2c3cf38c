"""Asking a simulated identity service without a network: what a client would send, as values."""

from datetime import UTC, datetime
from urllib.parse import urlencode

import msgspec

from detente.simulator.exchange import Received, Reply
from detente.simulator.identity.desk import Desk, Identities

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DESK = Desk(
    identities=Identities(), now=NOW, lifetime_s=600, base_url="http://127.0.0.1:1", denied=False
)
DENIED = msgspec.structs.replace(DESK, denied=True)


def get(target: str, headers: dict[str, str] | None = None, *, method: str = "GET") -> Received:
    """A request without a body; header names in lower case."""
    return Received(method=method, target=target, headers=tuple((headers or {}).items()), body=b"")


def post(target: str, form: dict[str, str], headers: dict[str, str] | None = None) -> Received:
    """A form."""
    body = urlencode(form).encode()
    return msgspec.structs.replace(get(target, headers, method="POST"), body=body)


def said(reply: Reply | None) -> tuple[int, dict[str, object]]:
    """Status and JSON of an answer that there must be."""
    assert reply is not None
    return reply.status, msgspec.json.decode(reply.body, type=dict[str, object])
