"""The book of keys: shown once, unique for good, and what is configured stays as it is."""

import asyncio
import sqlite3
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from tests.gateway.key_props import AT, PEPPER
from tests.gateway.scripts import hashed

from detente.canonical.principal import Key as StoredKey
from detente.canonical.principal import KeySecret, Scope
from detente.canonical.principal import Project as StoredProject
from detente.configuration.callers import IdentityProvider, Key, Project
from detente.configuration.schema import Configuration
from detente.configuration.store import Store
from detente.gateway.callers import key_book
from detente.gateway.callers.access_keys import secret_access_key
from detente.gateway.callers.key_book import Draft, KeyBook, KeyMade, KeyRefused
from detente.gateway.link.messages import WRITE_BUFFER_BYTES_MAX
from detente.ledger.store.database import Ledger
from detente.principals.hashing import digest_of
from detente.principals.rotation import SECRETS_MAX
from detente.stores.columns import scope_bytes
from detente.stores.embedded.principals import EmbeddedPrincipals
from detente.stores.interface import Stored

T = TypeVar("T")
MASTER_KEY = "m" * 32
CONFIGURATION = Configuration(
    projects={"fixed": Project(labels={"data": "public"})},
    keys={"configured": Key(hash=hashed("dt-c"), project="named")},
    identity={
        "work": IdentityProvider(
            issuer="https://id.example",
            audience="detente",
            project="staff",
            projects={"group-7": "research"},
        )
    },
)


class Library:
    """A book on a new ledger's file, its time, and how often a change was told."""

    def __init__(self, folder: Path, *, master_key: str | None = None) -> None:
        self.path = folder / "ledger.sqlite3"
        Ledger.open(self.path, now_us=0).close()
        self.wall = AT
        self.told = 0
        self._numbers = iter(range(1, 1000))
        self.book = KeyBook(
            EmbeddedPrincipals(self.path, timeout_ms=1000),
            configuration=lambda: CONFIGURATION,
            peppers=(PEPPER,),
            master_key=master_key,
            wall=lambda: self.wall,
            random=lambda count: next(self._numbers).to_bytes(count, "big"),
            changed=self._changed,
        )

    async def _changed(self) -> None:
        self.told += 1

    def make(self, name: str = "app", project: str = "fixed", **more: Any) -> KeyMade:
        return done(self.book.create(Draft(name=name, project=project, **more)))


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path)


def done(call: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(call)


def refused(call: Coroutine[Any, Any, object]) -> tuple[str, str]:
    with pytest.raises(KeyRefused) as found:
        asyncio.run(call)
    return found.value.code, str(found.value)


def test_a_key_is_shown_once_and_kept_as_a_digest(library: Library) -> None:
    made = library.make(scope=Scope(models=("a/*",)), expires_at=AT + timedelta(days=1))
    assert made.key.secrets[0].digest == digest_of(made.secret.encode(), PEPPER)
    assert made.key.secrets[0].prefix == made.secret[:8]
    assert (made.key.created_at, made.key.expires_at) == (AT, AT + timedelta(days=1))
    assert done(library.book.key("app")) == made.key
    assert library.told == 1
    with sqlite3.connect(library.path) as connection:
        dump = "\n".join(connection.iterdump())
    assert made.secret not in dump
    assert made.secret[:8] in dump
    assert made.secret not in repr(made)
    assert made.aws_access_key_id is None


def test_who_asks_for_one_reads_that_alone(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def load(_: object, since: int = -1) -> Stored:
        raise AssertionError(since)

    monkeypatch.setattr(EmbeddedPrincipals, "load", load)
    done(library.book.create_project("shop", Scope()))
    library.make(project="shop")
    rotated = done(library.book.rotate("app", timedelta(hours=1))).key
    assert done(library.book.key("app")) == rotated
    assert done(library.book.revoke("app")).revoked_at == AT
    assert done(library.book.key("configured")).source == "configuration"
    projects = [done(library.book.project(name)) for name in ("fixed", "named", "shop")]
    assert [project.source for project in projects] == ["configuration", "configuration", "store"]


def test_names_are_unique_for_good(library: Library) -> None:
    library.make()
    done(library.book.revoke("app"))
    for name in ("app", "configured"):
        code, said = refused(library.book.create(Draft(name=name, project="fixed")))
        assert code == "conflict"
        assert f"`{name}` is taken" in said
    assert library.told == 2


@pytest.mark.parametrize("project", ["fixed", "named", "stored"])
def test_a_key_belongs_to_any_project_that_is_there(library: Library, project: str) -> None:
    done(library.book.create_project("stored", Scope()))
    assert library.make(project=project).key.project == project


def test_a_project_that_is_nowhere_is_refused(library: Library) -> None:
    code, said = refused(library.book.create(Draft(name="app", project="shpo")))
    assert (code, library.told) == ("unknown", 0)
    assert "`detente projects create`" in said


def test_rotation_overlaps(library: Library) -> None:
    first = library.make()
    library.wall += timedelta(days=1)
    second = done(library.book.rotate("app", timedelta(hours=1)))
    assert second.secret != first.secret
    digests = [secret.digest for secret in done(library.book.key("app")).secrets]
    assert digests == [digest_of(made.secret.encode(), PEPPER) for made in (second, first)]
    assert second.key.secrets[1].expires_at == AT + timedelta(days=1, hours=1)


def test_what_was_revoked_is_not_rotated(library: Library) -> None:
    library.make()
    first = done(library.book.revoke("app"))
    library.wall += timedelta(days=1)
    assert done(library.book.revoke("app")) == first
    code, said = refused(library.book.rotate("app", timedelta(0)))
    assert code == "conflict"
    assert "revoked for good" in said


@pytest.mark.parametrize("what", ["rotate", "revoke"])
def test_what_is_configured_is_changed_there(library: Library, what: str) -> None:
    calls = {
        "rotate": library.book.rotate("configured", timedelta(0)),
        "revoke": library.book.revoke("configured"),
    }
    for name, call in calls.items():
        if name != what:
            call.close()
    code, said = refused(calls[what])
    assert code == "conflict"
    assert "`[keys.configured]`" in said
    assert "`detente reload`" in said


def test_everything_is_listed_by_name(library: Library) -> None:
    library.make("b")
    library.make("z")
    keys = done(library.book.keys())
    assert [(key.name, key.source) for key in keys] == [
        ("b", "store"),
        ("configured", "configuration"),
        ("z", "store"),
    ]
    assert refused(library.book.key("none"))[0] == "unknown"


def test_projects_of_both_kinds(library: Library) -> None:
    made = done(library.book.create_project("shop", Scope(labels=(("a", "b"),))))
    assert [project.name for project in done(library.book.projects())] == ["fixed", "named", "shop"]
    assert done(library.book.project("shop")) == made
    changed = done(library.book.set_project("shop", Scope()))
    assert (changed.scope, changed.created_at) == (Scope(), AT)
    assert done(library.book.remove_project("shop")).name == "shop"
    assert library.told == 3
    for call in (
        library.book.project("shop"),
        library.book.set_project("shop", Scope()),
        library.book.remove_project("shop"),
    ):
        assert refused(call)[0] == "unknown"


def test_a_project_is_not_made_twice_nor_taken_from_the_configuration(library: Library) -> None:
    done(library.book.create_project("shop", Scope()))
    for name in ("shop", "fixed", "named"):
        assert refused(library.book.create_project(name, Scope()))[0] == "conflict"
    for call in (
        library.book.set_project("fixed", Scope()),
        library.book.remove_project("named"),
    ):
        code, said = refused(call)
        assert code == "conflict"
        assert "stands in the configuration" in said


def test_a_project_with_keys_stays(library: Library) -> None:
    done(library.book.create_project("shop", Scope()))
    library.make(project="shop")
    done(library.book.revoke("app"))
    code, said = refused(library.book.remove_project("shop"))
    assert code == "conflict"
    assert "has keys" in said


@pytest.mark.parametrize("name", ["staff", "research"])
def test_a_project_that_tokens_call_for_stays(library: Library, name: str) -> None:
    done(library.book.create_project(name, Scope()))
    code, said = refused(library.book.remove_project(name))
    assert (code, "`[identity.work]`" in said) == ("conflict", True)


def test_the_store_is_bounded(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_book, "KEYS_MAX", 1)
    monkeypatch.setattr(key_book, "PROJECTS_MAX", 0)
    library.make()
    assert refused(library.book.create(Draft(name="b", project="fixed")))[0] == "conflict"
    assert refused(library.book.create_project("p", Scope()))[0] == "conflict"


def test_so_is_what_keys_and_projects_say_together(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide, wider = (Scope(models=("ü" * count,)) for count in (100, 101))
    done(library.book.create_project("shop", wide))
    monkeypatch.setattr(key_book, "SCOPES_BYTES_MAX", scope_bytes(wide) + scope_bytes(Scope()))
    for call in (
        library.book.create(Draft(name="app", project="shop", scope=wide)),
        library.book.create_project("p", wide),
    ):
        code, said = refused(call)
        assert code == "conflict"
        assert "at the project and not at its keys" in said
    library.make(project="shop")
    assert refused(library.book.set_project("shop", wider))[0] == "conflict"
    for scope in (wide, Scope()):
        assert done(library.book.set_project("shop", scope)).scope == scope


def test_the_fullest_store_is_told_without_cutting_anybody_off() -> None:
    name = "n" * 100
    at = AT.replace(microsecond=123_456)
    digest = digest_of(b"key", PEPPER)
    secret = KeySecret(digest=digest, prefix="dt-abcde", created_at=at, expires_at=at)
    key = StoredKey(
        name=name,
        project=name,
        secrets=(secret,) * SECRETS_MAX,
        expires_at=at,
        revoked_at=at,
        source="store",
        created_at=at,
    )
    project = StoredProject(name=name, source="store", created_at=at)
    keys_bytes = key_book.KEYS_MAX * len(msgspec.json.encode(key))
    projects_bytes = key_book.PROJECTS_MAX * len(msgspec.json.encode(project))
    most_bytes = keys_bytes + projects_bytes + key_book.SCOPES_BYTES_MAX
    assert most_bytes <= WRITE_BUFFER_BYTES_MAX


def test_with_a_master_key_the_access_key_is_shown_too(tmp_path: Path) -> None:
    library = Library(tmp_path, master_key=MASTER_KEY)
    first = library.make()
    assert first.aws_access_key_id is not None
    expected = secret_access_key(MASTER_KEY, first.aws_access_key_id)
    assert first.aws_secret_access_key == expected
    assert expected not in repr(first)
    second = done(library.book.rotate("app", timedelta(0)))
    assert second.aws_access_key_id != first.aws_access_key_id


def test_a_shared_store_needs_a_pepper_that_all_machines_have(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = msgspec.structs.replace(CONFIGURATION, store=Store(url="postgresql://db/d"))
    monkeypatch.setattr("tests.gateway.callers.test_key_book.CONFIGURATION", shared)
    code, said = refused(library.book.create(Draft(name="app", project="fixed")))
    assert code == "conflict"
    assert "`server.master_key`" in said
    assert [key.name for key in done(library.book.keys())] == ["configured"]


def test_changes_do_not_cross(library: Library) -> None:
    async def at_once() -> list[object]:
        calls = [library.book.create(Draft(name="app", project="fixed")) for _ in range(8)]
        return list(await asyncio.gather(*calls, return_exceptions=True))

    results = asyncio.run(at_once())
    assert sum(isinstance(result, KeyMade) for result in results) == 1
    assert sum(isinstance(result, KeyRefused) for result in results) == 7
