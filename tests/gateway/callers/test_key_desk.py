"""The key desk: whoever listens is told everything, then every change, and of outages."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.gateway.key_props import AT, revoked, stored

from detente.canonical.principal import Key, Project
from detente.gateway.callers import key_desk
from detente.gateway.callers.key_desk import KeyDesk
from detente.gateway.link.messages import Hello, KeysTold, KeysUnknown, LinkMessage
from detente.ledger.store.database import Ledger
from detente.stores.embedded.principals import EmbeddedPrincipals
from detente.stores.interface import Size, Stored, StoreUnavailable

HELLO = Hello(worker="w0", holder="w0-1")
A, B = stored("a"), stored("b")


class Shelf:
    """A store whose content the test sets; `fault` is raised, `hangs` never answers."""

    def __init__(self, *keys: Key, projects: tuple[Project, ...] = ()) -> None:
        self.stored = Stored(version=1, keys=keys, projects=projects)
        self.fault: str | None = None
        self.hangs = False
        self.loading_hangs = False
        self.loads: list[int] = []
        """Since which versions it was read."""
        self._changed: dict[str, int] = dict.fromkeys(_names(self.stored), 1)
        """The version of each row's last change."""
        self.asked: Callable[[], None] = lambda: None

    def set(self, *keys: Key, projects: tuple[Project, ...] = ()) -> None:
        before = {*self.stored.keys, *self.stored.projects}
        version = self.stored.version + 1
        self.stored = Stored(version=version, keys=keys, projects=projects)
        self._changed |= {row.name: version for row in (*keys, *projects) if row not in before}

    async def version(self) -> int:
        self.asked()
        if self.hangs:
            await asyncio.get_running_loop().create_future()
        if self.fault is not None:
            raise StoreUnavailable(self.fault)
        return self.stored.version

    async def load(self, since: int = -1) -> Stored:
        self.loads.append(since)
        if self.loading_hangs:
            await asyncio.get_running_loop().create_future()
        stored, changed = self.stored, self._changed
        return msgspec.structs.replace(
            stored,
            keys=tuple(key for key in stored.keys if changed[key.name] > since),
            projects=tuple(one for one in stored.projects if changed[one.name] > since),
            project_names=tuple(project.name for project in stored.projects),
        )

    async def key(self, name: str) -> Key | None:
        raise AssertionError(name)

    async def project(self, name: str) -> Project | None:
        raise AssertionError(name)

    async def size(self) -> Size:
        raise AssertionError

    async def put_key(self, key: Key, *, new: bool) -> bool:
        raise AssertionError(key, new)

    async def put_project(self, project: Project, *, new: bool) -> bool:
        raise AssertionError(project, new)

    async def remove_project(self, name: str) -> bool:
        raise AssertionError(name)

    async def close(self) -> None:
        raise AssertionError


def _names(stored: Stored) -> list[str]:
    return [row.name for row in (*stored.keys, *stored.projects)]


class Office:
    """A desk, what it broadcast and what it said."""

    def __init__(self, shelf: Shelf, *, timeout_ms: int = 1000) -> None:
        self.shelf = shelf
        self.now = 1_000.0
        self.heard: list[LinkMessage] = []
        self.said: list[str] = []
        self.desk = KeyDesk(
            shelf,
            broadcast=self.heard.append,
            say=self.said.append,
            timeout_ms=timeout_ms,
            now=lambda: self.now,
        )

    def look(self) -> LinkMessage | None:
        """What is broadcast when the desk looks once."""
        self.heard.clear()
        asyncio.run(self.desk.look())
        return self.heard[-1] if self.heard else None

    def greeted(self) -> list[LinkMessage]:
        told: list[LinkMessage] = []

        def tell(message: LinkMessage) -> bool:
            told.append(message)
            return True

        self.desk.greet(HELLO, tell)
        return told


def test_the_first_look_tells_everything_and_the_next_that_nothing_is_new() -> None:
    office = Office(Shelf(A, projects=(Project(name="shop"),)))
    assert office.greeted() == []
    first = KeysTold(version=1, whole=True, keys=(A,), projects=(Project(name="shop"),))
    assert office.look() == first
    assert office.look() == KeysTold(version=1, whole=False)
    assert office.shelf.loads == [-1]
    assert office.greeted() == [first]
    assert (office.desk.version, office.desk.outage) == (1, False)


def test_who_comes_in_an_outage_is_told_how_old_it_all_is() -> None:
    office = Office(Shelf(A))
    office.look()
    office.shelf.fault = "gone"
    office.now += 5.5
    office.look()
    known, outage = office.greeted()
    assert known == KeysTold(version=1, whole=True, keys=(A,), age_ms=5_500)
    assert outage == KeysUnknown(outage=True)
    office.shelf.fault = None
    office.look()
    assert office.greeted() == [KeysTold(version=1, whole=True, keys=(A,))]


def test_a_change_is_told_alone() -> None:
    shelf = Shelf(A, B, projects=(Project(name="p"), Project(name="q")))
    office = Office(shelf)
    office.look()
    revoked = msgspec.structs.replace(A, revoked_at=AT)
    shelf.set(revoked, B, projects=(Project(name="q", created_at=AT),))
    assert office.look() == KeysTold(
        version=2,
        whole=False,
        keys=(revoked,),
        projects=(Project(name="q", created_at=AT),),
        projects_gone=("p",),
    )
    assert shelf.loads == [-1, 1]
    (known,) = office.greeted()
    assert known == KeysTold(
        version=2, whole=True, keys=(revoked, B), projects=(Project(name="q", created_at=AT),)
    )
    assert office.look() == KeysTold(version=2, whole=False)
    assert shelf.loads == [-1, 1]


@pytest.mark.parametrize("version", [-7, 2, 9])
def test_another_store_in_its_place_is_read_and_told_whole(version: int) -> None:
    shelf = Shelf(A, B)
    office = Office(shelf)
    office.look()
    shelf.fault = "it is restored from a copy"
    office.look()
    shelf.fault = None
    shelf.stored = Stored(version=version, keys=(B,))
    assert office.look() == KeysTold(version=version, whole=True, keys=(B,))
    assert shelf.loads == [-1, -1]


def test_a_store_that_knows_of_fewer_changes_is_another_one() -> None:
    shelf = Shelf(A, B)
    office = Office(shelf)
    office.look()
    shelf.stored = Stored(version=0, keys=(B,))
    assert office.look() == KeysTold(version=0, whole=True, keys=(B,))


def test_many_changes_are_read_as_a_whole_and_told_alone() -> None:
    shelf = Shelf(A, B)
    office = Office(shelf)
    office.look()
    shelf.stored = msgspec.structs.replace(shelf.stored, version=1_000)
    shelf.set(A, revoked(B))
    assert office.look() == KeysTold(version=1_001, whole=False, keys=(revoked(B),))
    shelf.stored = msgspec.structs.replace(shelf.stored, version=2_001)
    shelf.set(revoked(A), revoked(B))
    assert office.look() == KeysTold(version=2_002, whole=False, keys=(revoked(A),))
    assert shelf.loads == [-1, 1, -1]


def test_what_is_known_can_be_asked_for() -> None:
    office = Office(Shelf(A, projects=(Project(name="p"),)))
    with pytest.raises(StoreUnavailable):
        office.desk.stored()
    office.look()
    known = office.desk.stored()
    assert (known.keys, known.projects) == ((A,), (Project(name="p"),))


def test_reading_everything_has_a_bound_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(Shelf(A), timeout_ms=3_600_000)
    office.shelf.loading_hangs = True
    monkeypatch.setattr(key_desk, "LOAD_S", 0.005)
    assert office.look() == KeysUnknown(outage=True)
    office = Office(Shelf(A), timeout_ms=5)
    monkeypatch.setattr(key_desk, "LOAD_S", 3_600.0)
    office.look()
    office.shelf.set(revoked(A))
    office.shelf.loading_hangs = True
    assert office.look() == KeysUnknown(outage=True)
    assert office.shelf.loads == [-1, 1]


@pytest.mark.parametrize("piece_bytes", [1, 700, 1_000_000])
def test_a_store_of_any_size_is_told_in_pieces(
    monkeypatch: pytest.MonkeyPatch, piece_bytes: int
) -> None:
    monkeypatch.setattr(key_desk, "PIECE_BYTES_MAX", piece_bytes)
    keys = tuple(stored(f"k{number}") for number in range(20))
    row_bytes = max(len(msgspec.json.encode(key)) for key in keys)
    office = Office(Shelf(*keys, projects=(Project(name="p"),)))
    office.look()
    for pieces in (office.heard, office.greeted()):
        told = [piece for piece in pieces if isinstance(piece, KeysTold)]
        assert len(told) == len(pieces)
        assert sum((piece.keys for piece in told), ()) == keys
        assert [piece.whole for piece in told] == [True] + [False] * (len(told) - 1)
        assert [piece.more for piece in told] == [True] * (len(told) - 1) + [False]
        overhead_bytes = len(msgspec.json.encode(KeysTold(version=1, whole=True)))
        for piece in told:
            size_bytes = len(msgspec.json.encode(piece)) - overhead_bytes - len(piece.keys)
            assert size_bytes <= max(piece_bytes, row_bytes)
    office.shelf.set(*(revoked(key) for key in keys))
    office.look()
    assert sum((p.keys for p in office.heard if isinstance(p, KeysTold)), ()) == (
        tuple(revoked(key) for key in keys)
    )
    first = office.heard[0]
    assert isinstance(first, KeysTold)
    assert first.projects_gone == ("p",)


def test_an_outage_is_told_once_and_so_is_its_end() -> None:
    office = Office(Shelf(A))
    office.look()
    office.shelf.fault = "it is away"
    assert office.look() == KeysUnknown(outage=True)
    assert office.look() is None
    assert office.desk.outage
    assert office.greeted() == [
        KeysTold(version=1, whole=True, keys=(A,)),
        KeysUnknown(outage=True),
    ]
    office.shelf.fault = None
    assert office.look() == KeysTold(version=1, whole=False)
    assert office.said == [
        "the key store cannot be read (it is away); trying again",
        "the key store answers again",
    ]


def test_a_store_that_is_away_at_the_start_is_known_to_be() -> None:
    office = Office(Shelf(A))
    office.shelf.fault = "it is away"
    office.look()
    assert office.greeted() == [KeysUnknown(outage=True)]
    office.shelf.fault = None
    assert office.look() == KeysTold(version=1, whole=True, keys=(A,))


def test_a_store_that_hangs_is_away() -> None:
    office = Office(Shelf(A), timeout_ms=5)
    office.shelf.hangs = True
    assert office.look() == KeysUnknown(outage=True)
    assert "in time" in office.said[0]


def test_it_watches_until_it_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_desk, "POLL_S", 0.001)
    office = Office(Shelf(A))

    async def watched() -> None:
        stopping = asyncio.Event()
        looks = 0

        def asked() -> None:
            nonlocal looks
            looks += 1
            if looks == 3:
                stopping.set()

        office.shelf.asked = asked
        async with asyncio.timeout(10):
            await office.desk.watch(stopping)

    asyncio.run(watched())
    expected: list[Any] = [KeysTold(version=1, whole=True, keys=(A,))]
    assert office.heard == expected + [KeysTold(version=1, whole=False)] * 2


def test_what_another_machine_revokes_is_told_by_the_next_look(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    Ledger.open(path, now_us=0).close()
    here, there = (EmbeddedPrincipals(path, timeout_ms=1000) for _ in range(2))
    heard: list[LinkMessage] = []
    said: list[str] = []
    desk = KeyDesk(here, broadcast=heard.append, say=said.append, timeout_ms=1000)

    async def told() -> None:
        await there.put_key(A, new=True)
        await desk.look()
        revoked = msgspec.structs.replace(A, revoked_at=AT)
        await there.put_key(revoked, new=False)
        await desk.look()
        assert heard[-1] == KeysTold(version=2, whole=False, keys=(revoked,))
        await here.close()
        await there.close()

    asyncio.run(told())
    assert said == []
    assert key_desk.POLL_S <= 0.25  # so that it is within a second with a slow store, too
