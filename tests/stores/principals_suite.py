"""What every store of projects and keys has to do, whichever it is.

A test file of a store inherits `PrincipalsSuite` and gives the fixture `principals`.
"""

import asyncio
from collections.abc import Coroutine, Generator
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar

import msgspec
import pytest

from detente.canonical.allowance import Budget, Limit
from detente.canonical.principal import Key, KeySecret, Project, Scope
from detente.stores.columns import scope_bytes
from detente.stores.interface import Principals, Size

T = TypeVar("T")
AT = datetime(2026, 11, 22, 7, 30, 1, 123456, tzinfo=UTC)
SCOPE = Scope(
    labels=(("data", "internal"), ("ünï", "ç'ode; DROP TABLE keys;--")),
    models=("openai/*",),
    deployments=(),
    budgets=(Budget(usd=Decimal("12.345678901234"), time_zone="Europe/Berlin", hard=False),),
    limits=(Limit(measure="requests", amount=600, window_ms=60_000, model="a/*"),),
)
PROJECT = Project(name="shop", scope=SCOPE, source="store", created_at=AT)


def key_of(name: str, *, project: str = "shop", number: int = 1) -> Key:
    """A stored key with two secrets that nobody else has."""
    secrets = tuple(
        KeySecret(digest=bytes([number, place]) * 16, prefix="dt-abcde", created_at=AT)
        for place in (1, 0)
    )
    return Key(name=name, project=project, secrets=secrets, source="store", created_at=AT)


class PrincipalsSuite:
    """The tests; each begins with an empty store."""

    @pytest.fixture
    def runner(self) -> Generator[asyncio.Runner]:
        """One loop a test, for connections belong to theirs."""
        with asyncio.Runner() as runner:
            yield runner

    @pytest.fixture(autouse=True)
    def _begin(self, runner: asyncio.Runner, principals: Principals) -> Generator[None]:
        self.looping = runner
        self.store = principals
        yield
        runner.run(principals.close())

    def done(self, call: Coroutine[object, object, T]) -> T:
        """What a call answers."""
        return self.looping.run(call)

    def test_it_begins_empty(self) -> None:
        stored = self.done(self.store.load())
        assert (stored.projects, stored.keys) == ((), ())
        assert self.done(self.store.version()) == stored.version

    def test_what_was_put_is_loaded_to_the_last_field(self) -> None:
        key = msgspec.structs.replace(
            key_of("app"), scope=SCOPE, expires_at=AT, access_hash="sha256:x"
        )
        assert self.done(self.store.put_project(PROJECT, new=True))
        assert self.done(self.store.put_key(key, new=True))
        stored = self.done(self.store.load())
        assert (stored.projects, stored.keys) == ((PROJECT,), (key,))

    def test_what_has_changed_is_read_alone(self) -> None:
        self.done(self.store.put_project(PROJECT, new=True))
        for number, name in enumerate(("a", "b", "c")):
            assert self.done(self.store.put_key(key_of(name, number=number), new=True))
        known = self.done(self.store.load())
        nothing = self.done(self.store.load(known.version))
        assert (nothing.version, nothing.projects, nothing.keys) == (known.version, (), ())
        revoked = msgspec.structs.replace(key_of("b"), revoked_at=AT)
        assert self.done(self.store.put_key(revoked, new=False))
        assert self.done(self.store.put_key(key_of("d", number=4), new=True))
        assert self.done(self.store.put_project(PROJECT, new=False))
        changed = self.done(self.store.load(known.version))
        assert changed.version == known.version + 3
        assert changed.keys == (revoked, key_of("d", number=4))
        assert changed.projects == (PROJECT,)
        last = self.done(self.store.load(changed.version - 1))
        assert (last.keys, last.projects) == ((), (PROJECT,))

    def test_the_names_of_projects_tell_which_are_gone(self) -> None:
        other = msgspec.structs.replace(PROJECT, name="a")
        for project in (PROJECT, other):
            self.done(self.store.put_project(project, new=True))
        known = self.done(self.store.load())
        assert known.project_names == ("a", "shop")
        assert self.done(self.store.remove_project("a"))
        changed = self.done(self.store.load(known.version))
        assert (changed.projects, changed.project_names) == ((), ("shop",))

    def test_one_is_found_by_its_name(self) -> None:
        self.done(self.store.put_project(PROJECT, new=True))
        for number, name in enumerate(("app", "other")):
            self.done(self.store.put_key(key_of(name, number=number), new=True))
        assert self.done(self.store.key("other")) == key_of("other")
        assert self.done(self.store.project("shop")) == PROJECT
        assert self.done(self.store.key("shop")) is None
        assert self.done(self.store.project("app")) is None

    def test_how_much_there_is_is_counted_in_bytes_too(self) -> None:
        empty = self.done(self.store.size())
        assert empty == Size(projects=0, keys=0, scope_bytes=0)
        self.done(self.store.put_project(PROJECT, new=True))
        self.done(self.store.put_key(key_of("app"), new=True))
        size_bytes = scope_bytes(SCOPE) + scope_bytes(Scope())
        assert self.done(self.store.size()) == Size(projects=1, keys=1, scope_bytes=size_bytes)

    def test_every_change_counts_once(self) -> None:
        versions = [self.done(self.store.version())]
        for call in (
            self.store.put_project(PROJECT, new=True),
            self.store.put_project(PROJECT, new=False),
            self.store.put_key(key_of("app"), new=True),
            self.store.put_key(key_of("app"), new=False),
        ):
            assert self.done(call)
            versions.append(self.done(self.store.version()))
        assert versions == list(range(versions[0], versions[0] + 5))
        assert self.done(self.store.load()).version == versions[-1]

    def test_what_is_refused_changes_nothing(self) -> None:
        assert self.done(self.store.put_key(key_of("app"), new=True))
        assert self.done(self.store.put_project(PROJECT, new=True))
        before = self.done(self.store.load())
        other = msgspec.structs.replace(PROJECT, scope=Scope())
        assert not self.done(self.store.put_project(other, new=True))
        assert not self.done(self.store.put_key(key_of("app", number=2), new=True))
        assert not self.done(self.store.put_key(key_of("nobody", number=2), new=False))
        assert not self.done(
            self.store.put_project(msgspec.structs.replace(other, name="none"), new=False)
        )
        assert not self.done(self.store.remove_project("none"))
        assert self.done(self.store.load()) == before

    def test_a_key_is_replaced_with_its_secrets(self) -> None:
        self.done(self.store.put_key(key_of("app"), new=True))
        self.done(self.store.put_key(key_of("other", number=2), new=True))
        after = msgspec.structs.replace(key_of("app", number=3), revoked_at=AT, project="elsewhere")
        assert self.done(self.store.put_key(after, new=False))
        assert self.done(self.store.load()).keys == (after, key_of("other", number=2))

    def test_what_was_revoked_stays_revoked(self) -> None:
        self.done(self.store.put_key(key_of("app"), new=True))
        revoked = msgspec.structs.replace(key_of("app"), revoked_at=AT)
        assert self.done(self.store.put_key(revoked, new=False))
        assert self.done(self.store.put_key(key_of("app"), new=False))
        assert self.done(self.store.load()).keys == (revoked,)

    def test_a_secret_belongs_to_one_key(self) -> None:
        self.done(self.store.put_key(key_of("app"), new=True))
        before = self.done(self.store.load())
        assert not self.done(self.store.put_key(key_of("other"), new=True))
        assert self.done(self.store.load()) == before

    def test_a_project_goes_only_without_keys(self) -> None:
        self.done(self.store.put_project(PROJECT, new=True))
        self.done(self.store.put_key(key_of("app"), new=True))
        assert not self.done(self.store.remove_project("shop"))
        self.done(self.store.put_key(key_of("app", project="else"), new=False))
        assert self.done(self.store.remove_project("shop"))
        assert self.done(self.store.load()).projects == ()

    @pytest.mark.parametrize("name", ["'; DROP TABLE keys; --", "ключ", "%s", "a" * 200])
    def test_a_name_is_only_a_name(self, name: str) -> None:
        assert self.done(self.store.put_key(key_of(name, project=name), new=True))
        assert self.done(self.store.load()).keys == (key_of(name, project=name),)

    def test_it_may_be_closed_and_goes_on(self) -> None:
        self.done(self.store.put_key(key_of("app"), new=True))
        self.done(self.store.close())
        self.done(self.store.close())
        assert self.done(self.store.load()).keys == (key_of("app"),)
