"""Projects and keys as those see them who manage them: list, make, rotate, revoke.

Works on a store (`stores.interface.Principals`) beside a configuration, whose projects and keys are
shown and cannot be changed here. The admin API and, where no gateway runs, the command line do the
same things with it. A new key's secret is in what `create` and `rotate` answer, and nowhere else.

    book = KeyBook(principals, configuration=lambda: setup.configuration, peppers=peppers, …)
    made = await book.create(Draft(name="app", project="shop"))
    made.secret
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec

from detente.canonical.principal import Key, KeySecret, Project, Scope
from detente.configuration.principals import key_of, project_of
from detente.configuration.schema import Configuration
from detente.gateway.callers.access_keys import access_key_id, secret_access_key
from detente.gateway.callers.key_table import access_hash_of
from detente.principals.hashing import KEY_BYTES, digest_of, key_text, shown_prefix
from detente.principals.rotation import revoked, rotated
from detente.stores.columns import scope_bytes
from detente.stores.interface import Principals, Size

KEYS_MAX: Final = 100_000
"""Stored keys, revoked ones included: what every worker keeps in memory, some 100 MB."""
PROJECTS_MAX: Final = 10_000
SCOPES_BYTES_MAX: Final = 64 * 1024 * 1024
"""What all of them say together: they go to every worker at once, and stay in its memory."""


class KeyRefused(Exception):
    """What was asked for cannot be; the message is one sentence that names the cure."""

    def __init__(self, code: Literal["unknown", "conflict"], message: str) -> None:
        super().__init__(message)
        self.code: Literal["unknown", "conflict"] = code


class KeyMade(msgspec.Struct, frozen=True, kw_only=True):
    """A key that was made or rotated, with its new `secret`, which is shown this once.

    The access key is the same secret as AWS clients need it; None without a master key.
    """

    key: Key
    secret: str
    aws_access_key_id: str | None = None
    aws_secret_access_key: str | None = None

    def __repr__(self) -> str:
        return f"KeyMade({self.key.name!r})"


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A key that is to be made."""

    name: str
    project: str
    scope: Scope = Scope()
    expires_at: datetime | None = None


class KeyBook:
    """See the module. `wall` is the time in UTC, `random` makes so many random bytes,
    `changed` is awaited after every change, before it is answered."""

    def __init__(
        self,
        principals: Principals,
        *,
        configuration: Callable[[], Configuration],
        peppers: tuple[bytes, ...],
        master_key: str | None,
        wall: Callable[[], datetime],
        random: Callable[[int], bytes],
        changed: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self._principals = principals
        self._configuration = configuration
        self._pepper = peppers[0]
        self._master_key = master_key
        self._wall = wall
        self._random = random
        self._changed = changed
        self._one_at_a_time = asyncio.Lock()
        """What is read, changed and written again must not cross another change."""

    @property
    def now(self) -> datetime:
        """The time in UTC."""
        return self._wall()

    # Reading.

    async def keys(self) -> tuple[Key, ...]:
        """All keys by name, of the configuration and of the store; raises `StoreUnavailable`."""
        stored = await self._principals.load()
        return tuple(sorted((*self._configured(), *stored.keys), key=lambda key: key.name))

    async def key(self, name: str) -> Key:
        """One key; raises `KeyRefused`, `StoreUnavailable`."""
        for key in (await self._principals.key(name), *self._configured()):
            if key is not None and key.name == name:
                return key
        raise no_key(name)

    async def projects(self) -> tuple[Project, ...]:
        """All projects by name, also those that only keys of the configuration name."""
        stored = await self._principals.load()
        known = {
            p.name: p for p in (*self._named(), *stored.projects, *self._configured_projects())
        }
        return tuple(known[name] for name in sorted(known))

    async def project(self, name: str) -> Project:
        """One project; raises `KeyRefused`, `StoreUnavailable`."""
        stored = await self._principals.project(name)
        for project in (*self._configured_projects(), stored, *self._named()):
            if project is not None and project.name == name:
                return project
        raise no_project(name)

    # Keys.

    async def create(self, draft: Draft) -> KeyMade:
        """Makes a key; raises `KeyRefused` where its name was ever taken, or it has no project."""
        async with self._one_at_a_time:
            if any(key.name == draft.name for key in self._configured()):
                raise _taken(draft.name)
            await self._check_project(draft.project)
            size = await self._principals.size()
            if size.keys >= KEYS_MAX:
                raise KeyRefused("conflict", f"the store has {KEYS_MAX} keys; rotate old ones")
            _check_room(size, draft.scope)
            text, secret = self._secret()
            key = Key(
                name=draft.name,
                project=draft.project,
                secrets=(secret,),
                scope=draft.scope,
                expires_at=draft.expires_at,
                source="store",
                created_at=secret.created_at,
            )
            if not await self._principals.put_key(key, new=True):
                raise _taken(draft.name)
            await self._tell()
            return self._made(key, text)

    async def rotate(self, name: str, overlap: timedelta) -> KeyMade:
        """Gives a key a new secret; those before it count for `overlap` more."""
        async with self._one_at_a_time:
            key = await self._changeable(name)
            if key.revoked_at is not None:
                message = f"key `{name}` was revoked for good; make another with another name"
                raise KeyRefused("conflict", message)
            text, secret = self._secret()
            after = rotated(key, secret, at=self._wall(), overlap=overlap)
            await self._put(after)
            return self._made(after, text)

    async def revoke(self, name: str) -> Key:
        """Ends a key for good; it keeps its name. Doing so twice changes nothing."""
        async with self._one_at_a_time:
            key = await self._changeable(name)
            after = revoked(key, at=self._wall())
            if after is not key:
                await self._put(after)
            return after

    # Projects.

    async def create_project(self, name: str, scope: Scope) -> Project:
        """Makes a project; raises `KeyRefused` where there is one of that name."""
        async with self._one_at_a_time:
            size = await self._principals.size()
            if size.projects >= PROJECTS_MAX:
                raise KeyRefused("conflict", f"the store has {PROJECTS_MAX} projects; remove some")
            _check_room(size, scope)
            project = Project(name=name, scope=scope, source="store", created_at=self._wall())
            known = any(p.name == name for p in self._all_configured())
            if known or not await self._principals.put_project(project, new=True):
                message = f"project `{name}` is there; see `detente projects show {name}`"
                raise KeyRefused("conflict", message)
            await self._tell()
            return project

    async def set_project(self, name: str, scope: Scope) -> Project:
        """Replaces all that a stored project says."""
        async with self._one_at_a_time:
            before = await self._stored_project(name)
            _check_room(await self._principals.size(), scope, instead_of=before.scope)
            after = msgspec.structs.replace(before, scope=scope)
            if not await self._principals.put_project(after, new=False):
                raise KeyRefused("unknown", f"project `{name}` was removed just now")
            await self._tell()
            return after

    async def remove_project(self, name: str) -> Project:
        """Removes a stored project that has no keys, revoked ones included, and that no identity
        of the configuration says of its tokens."""
        async with self._one_at_a_time:
            project = await self._stored_project(name)
            for identity, said in self._configuration().identity.items():
                if name in (said.project, *said.projects.values()):
                    message = (
                        f"tokens of `[identity.{identity}]` call for project `{name}`; leave it"
                    )
                    raise KeyRefused("conflict", message)
            used = any(entry.project == name for entry in self._configuration().keys.values())
            if used or not await self._principals.remove_project(name):
                message = f"project `{name}` has keys, which stay in the books; leave it"
                raise KeyRefused("conflict", message)
            await self._tell()
            return project

    # What is where.

    def _configured(self) -> tuple[Key, ...]:
        keys = self._configuration().keys
        return tuple(key_of(name, entry) for name, entry in keys.items())

    def _configured_projects(self) -> tuple[Project, ...]:
        projects = self._configuration().projects
        return tuple(project_of(name, entry) for name, entry in projects.items())

    def _all_configured(self) -> tuple[Project, ...]:
        """Also projects that have no table of their own and only keys name."""
        return (*self._configured_projects(), *self._named())

    def _named(self) -> tuple[Project, ...]:
        keys = self._configuration().keys.values()
        return tuple(Project(name=entry.project) for entry in keys)

    async def _changeable(self, name: str) -> Key:
        key = await self.key(name)
        if key.source == "configuration":
            message = (
                f"key `{name}` stands in the configuration; change `[keys.{name}]` there, "
                "then `detente reload`"
            )
            raise KeyRefused("conflict", message)
        return key

    async def _stored_project(self, name: str) -> Project:
        project = await self._principals.project(name)
        if project is not None:
            return project
        if any(project.name == name for project in self._all_configured()):
            message = (
                f"project `{name}` stands in the configuration; change `[projects.{name}]` there, "
                "then `detente reload`"
            )
            raise KeyRefused("conflict", message)
        raise no_project(name)

    async def _check_project(self, name: str) -> None:
        configured = any(project.name == name for project in self._all_configured())
        if not configured and await self._principals.project(name) is None:
            message = f"no project `{name}`; make it with `detente projects create`"
            raise KeyRefused("unknown", message)

    async def _put(self, key: Key) -> None:
        if not await self._principals.put_key(key, new=False):
            raise KeyRefused("unknown", f"key `{key.name}` is not in the store any more")
        await self._tell()

    async def _tell(self) -> None:
        if self._changed is not None:
            await self._changed()

    def _secret(self) -> tuple[str, KeySecret]:
        """A new key and what is kept of it; raises `KeyRefused` where other machines could not
        know it."""
        if self._master_key is None and self._configuration().store.url is not None:
            message = "keys of a shared store need a pepper that all machines have; "
            raise KeyRefused("conflict", message + "set one `server.master_key` on all of them")
        text = key_text(self._random(KEY_BYTES))
        digest = digest_of(text.encode(), self._pepper)
        return text, KeySecret(digest=digest, prefix=shown_prefix(text), created_at=self._wall())

    def _made(self, key: Key, text: str) -> KeyMade:
        if self._master_key is None:
            return KeyMade(key=key, secret=text)
        access_key = access_key_id(access_hash_of(key, key.secrets[0]))
        secret = secret_access_key(self._master_key, access_key)
        return KeyMade(
            key=key,
            secret=text,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret,
        )


def no_key(name: str) -> KeyRefused:
    """Said of a key that is not there, or not whoever asks's."""
    return KeyRefused("unknown", f"no key `{name}`; see `detente keys list`")


def no_project(name: str) -> KeyRefused:
    """Said of a project that is not there, or not whoever asks's."""
    return KeyRefused("unknown", f"no project `{name}`; see `detente projects list`")


def _check_room(size: Size, scope: Scope, *, instead_of: Scope | None = None) -> None:
    """Raises `KeyRefused` where the store has no room for what the scope says more."""
    more_bytes = scope_bytes(scope) - (0 if instead_of is None else scope_bytes(instead_of))
    if more_bytes > 0 and size.scope_bytes + more_bytes > SCOPES_BYTES_MAX:
        said = f"keys and projects of the store say {SCOPES_BYTES_MAX} bytes together"
        raise KeyRefused("conflict", f"{said}; say it once, at the project and not at its keys")


def _taken(name: str) -> KeyRefused:
    message = f"the name `{name}` is taken, or was once; choose another"
    return KeyRefused("conflict", message)
