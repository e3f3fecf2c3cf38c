"""Who may see what is held, who decides, and what of it is written down."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.gateway.admin.admin_props import KEYS, administered, asked, parts_in

from detente.canonical.principal import Role
from detente.gateway.admin.api import admin_api
from detente.gateway.admin.parts import AdminParts
from detente.gateway.guarding.held_desk import (
    ContentHidden,
    HeldContent,
    HeldDesk,
    HeldShown,
    NotHeld,
    WorkersSilent,
)
from detente.gateway.guarding.held_requests import Content, Notice, Word
from detente.gateway.link.server import LinkServer

ID = "req_0123456789abcdef00000001"
CANARY = "the words of the request"
HELD = msgspec.convert(
    {
        **{"id": ID, "since": "2026-11-22T12:00:00Z", "until": "2026-11-22T12:05:00Z"},
        **{"project": "shop", "key": "app", "model": "tests/m", "stage": "input", "policy": "p"},
        **{"category": "prompt_attack", "severity": 2, "source": "detente"},
    },
    Notice,
)
READERS: tuple[Role, ...] = ("owner", "operator", "auditor")
DECIDERS: tuple[Role, ...] = ("owner", "operator")


class Desk(HeldDesk):
    """One request is held; notes what was said of it."""

    def __init__(self, state: Path, fault: Exception | None = None) -> None:
        super().__init__(LinkServer(state), ())
        self.said: list[tuple[str, Word, str]] = []
        self._fault = fault

    async def shown(self) -> HeldShown:
        return HeldShown(held=(HELD,), silent=("w1",))

    async def say(self, id_: str, word: Word, *, by: str) -> Notice:
        if self._fault is not None:
            raise self._fault
        self.said.append((id_, word, by))
        return HELD

    async def look(self, id_: str) -> HeldContent:
        if self._fault is not None:
            raise self._fault
        assert id_ == ID
        return HeldContent(notice=HELD, content=Content(text=CANARY, whole=True))


def made(state: Path, fault: Exception | None = None) -> tuple[Any, Desk, AdminParts]:
    desk = Desk(state, fault)
    parts = parts_in(state, configuration=administered(), held=desk)
    return admin_api(parts), desk, parts


def call(app: Any, role: Role, method: str, path: str) -> tuple[int, Any]:
    headers = [
        ("host", "localhost"),
        ("authorization", f"Bearer {KEYS[role]}"),
        ("content-type", "application/json"),
    ]
    body = b"{}" if method == "POST" else b""
    status, _, answer = asked(app, method, f"/admin/v1/held{path}", headers, body=body)
    return status, msgspec.json.decode(answer)


@pytest.mark.parametrize("role", KEYS)
def test_who_may_read_sees_what_is_held_and_nobody_what_it_says(role: Role, tmp_path: Path) -> None:
    app, _, _ = made(tmp_path)
    status, shown = call(app, role, "GET", "")
    if role not in READERS:
        assert (status, shown["code"]) == (403, "role_missing")
        return
    assert status == 200
    assert msgspec.convert(shown, HeldShown) == HeldShown(held=(HELD,), silent=("w1",))


@pytest.mark.parametrize("role", KEYS)
@pytest.mark.parametrize("word", ["release", "refuse"])
def test_who_may_operate_decides_and_is_written_down(
    role: Role, word: Word, tmp_path: Path
) -> None:
    app, desk, parts = made(tmp_path)
    status, shown = call(app, role, "POST", f"/{ID}/{word}")
    (change,) = parts.audit.latest(9)
    assert (change.name, change.operation, change.status) == (role, f"{word}_held", status)
    assert ID in change.path
    if role in DECIDERS:
        assert (status, shown["id"], desk.said) == (200, ID, [(ID, word, role)])
    else:
        assert (status, shown["code"], desk.said) == (403, "role_missing", [])


@pytest.mark.parametrize("role", KEYS)
def test_who_looks_is_written_down_and_what_was_seen_is_not(role: Role, tmp_path: Path) -> None:
    app, _, parts = made(tmp_path)
    status, shown = call(app, role, "POST", f"/{ID}/look")
    assert (status == 200) == (role in DECIDERS)
    assert (CANARY in str(shown)) == (role in DECIDERS)
    (change,) = parts.audit.latest(9)
    assert (change.operation, change.status) == ("look_at_held", status)
    for file in tmp_path.rglob("*"):
        assert file.is_dir() or CANARY.encode() not in file.read_bytes()


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (NotHeld("no request"), 404, "unknown"),
        (WorkersSilent("no answer"), 503, "worker_silent"),
        (ContentHidden("hidden"), 409, "conflict"),
    ],
)
def test_why_it_cannot_be_done_is_told(
    fault: Exception, status: int, code: str, tmp_path: Path
) -> None:
    app, _, parts = made(tmp_path, fault)
    words = ("look",) if isinstance(fault, ContentHidden) else ("release", "refuse", "look")
    for word in words:
        assert call(app, "operator", "POST", f"/{ID}/{word}") == (
            status,
            {"code": code, "errors": [str(fault)]},
        )
        assert parts.audit.latest(1)[0].status == status
