"""Projects and keys in the ledger's SQLite file.

Secrets are kept as keyed digests only (`principals.hashing`). Every change is one transaction, on
the disk when it returns, and raises the version by one. The tables are the ledger's
(`ledger.store.schema`): whoever opens the ledger for writing brings them up to date.

What concerns one row, or a few that have changed, blocks for less than a millisecond, and answers
no coroutine's turn before it is done. What reads all of them does so in a thread, one at a time.

    principals = EmbeddedPrincipals(state / "ledger.sqlite3", timeout_ms=1_000)
    await principals.put_key(key, new=True)
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final, TypeVar

from detente.canonical.principal import Key, KeySecret, Project
from detente.stores.columns import instant_of, microseconds_of, scope_of, scope_text
from detente.stores.interface import Size, Stored, StoreUnavailable

T = TypeVar("T")
_READ: Final = "BEGIN"
_WRITE: Final = "BEGIN IMMEDIATE"
_SECRETS: Final = "SELECT key, digest, prefix, created_us, expires_us FROM secrets "
_KEYS: Final = (
    "SELECT name, project, scope, access_hash, created_us, expires_us, revoked_us FROM keys "
)
_PROJECTS: Final = "SELECT name, scope, created_us FROM projects "
_NAMED: Final = "WHERE name = ?"
_OF_NAMED: Final = "WHERE key = ? ORDER BY place"
_CHANGED: Final = "WHERE version > ? ORDER BY +name"
"""The plus keeps SQLite from going through all names in their order."""
_OF_CHANGED: Final = "WHERE key IN (SELECT name FROM keys WHERE version > ?) ORDER BY key, place"
_SIZE: Final = (
    "SELECT (SELECT count(*) FROM projects), (SELECT count(*) FROM keys),"
    " (SELECT coalesce(sum(length(CAST(scope AS BLOB))), 0)"
    " FROM (SELECT scope FROM projects UNION ALL SELECT scope FROM keys))"
)


class EmbeddedPrincipals:
    """Implements `stores.interface.Principals`."""

    def __init__(self, path: Path, *, timeout_ms: int) -> None:
        self._path = path
        self._timeout_ms = timeout_ms
        self._connection: sqlite3.Connection | None = None
        self._aside = asyncio.Lock()

    async def version(self) -> int:
        """See `Principals`."""
        return self._done(_READ, _version)

    async def load(self, since: int = -1) -> Stored:
        """See `Principals`."""
        if since < 0:
            return await self._done_aside(lambda connection: _load(connection, since))
        return self._done(_READ, lambda connection: _load(connection, since))

    async def key(self, name: str) -> Key | None:
        """See `Principals`."""
        return self._done(_READ, lambda connection: _key(connection, name))

    async def project(self, name: str) -> Project | None:
        """See `Principals`."""
        return self._done(_READ, lambda connection: _project(connection, name))

    async def size(self) -> Size:
        """See `Principals`."""
        return await self._done_aside(_size)

    async def put_key(self, key: Key, *, new: bool) -> bool:
        """See `Principals`."""
        return self._done(_WRITE, lambda connection: _put_key(connection, key, new=new))

    async def put_project(self, project: Project, *, new: bool) -> bool:
        """See `Principals`."""
        return self._done(_WRITE, lambda connection: _put_project(connection, project, new=new))

    async def remove_project(self, name: str) -> bool:
        """See `Principals`."""
        return self._done(_WRITE, lambda connection: _remove_project(connection, name))

    async def close(self) -> None:
        """See `Principals`."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _done(self, begin: str, step: Callable[[sqlite3.Connection], T]) -> T:
        """What `step` answers, in a transaction of its own; raises `StoreUnavailable`."""
        try:
            if self._connection is None:
                self._connection = self._connected()
            return _transacted(self._connection, begin, step)
        except sqlite3.Error as error:
            self._drop()
            raise self._unavailable(error) from None

    async def _done_aside(self, step: Callable[[sqlite3.Connection], T]) -> T:
        """The same of a step that reads much: in a thread, with a connection of its own."""

        def done() -> T:
            try:
                with closing(self._connected()) as connection:
                    return _transacted(connection, _READ, step)
            except sqlite3.Error as error:
                raise self._unavailable(error) from None

        async with self._aside:
            return await asyncio.to_thread(done)

    def _connected(self) -> sqlite3.Connection:
        uri = f"{self._path.absolute().as_uri()}?mode=rw"
        connection = sqlite3.connect(
            uri, uri=True, isolation_level=None, timeout=self._timeout_ms / 1000
        )
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    def _unavailable(self, error: sqlite3.Error) -> StoreUnavailable:
        return StoreUnavailable(f"`{self._path.name}` cannot be used now ({error})")

    def _drop(self) -> None:
        """The next call opens the file anew: it may have been replaced."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _transacted(
    connection: sqlite3.Connection, begin: str, step: Callable[[sqlite3.Connection], T]
) -> T:
    connection.execute(begin)
    try:
        answer = step(connection)
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return answer


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT version FROM principals_version").fetchone()[0])


def _load(connection: sqlite3.Connection, since: int) -> Stored:
    """What has changed since that version; every row has one, so all of it since -1."""
    names = connection.execute("SELECT name FROM projects ORDER BY name")
    return Stored(
        version=_version(connection),
        projects=_projects(connection, _CHANGED, since),
        keys=_keys(connection, _CHANGED, _OF_CHANGED, since),
        project_names=tuple(name for (name,) in names),
    )


def _key(connection: sqlite3.Connection, name: str) -> Key | None:
    found = _keys(connection, _NAMED, _OF_NAMED, name)
    return found[0] if found else None


def _project(connection: sqlite3.Connection, name: str) -> Project | None:
    found = _projects(connection, _NAMED, name)
    return found[0] if found else None


def _size(connection: sqlite3.Connection) -> Size:
    projects, keys, scope_bytes = connection.execute(_SIZE).fetchone()
    return Size(projects=projects, keys=keys, scope_bytes=scope_bytes)


def _projects(connection: sqlite3.Connection, which: str, value: str | int) -> tuple[Project, ...]:
    rows = connection.execute(_PROJECTS + which, (value,))
    return tuple(
        Project(name=name, scope=scope_of(scope), source="store", created_at=instant_of(created_us))
        for name, scope, created_us in rows
    )


def _keys(
    connection: sqlite3.Connection, which: str, whose: str, value: str | int
) -> tuple[Key, ...]:
    """The keys that `which` chooses by the value, with their secrets, which `whose` chooses."""
    secrets: dict[str, list[KeySecret]] = {}
    rows = connection.execute(_SECRETS + whose, (value,))
    for key, digest, prefix, created_us, expires_us in rows:
        secrets.setdefault(key, []).append(
            KeySecret(
                digest=digest,
                prefix=prefix,
                created_at=instant_of(created_us),
                expires_at=instant_of(expires_us),
            )
        )
    rows = connection.execute(_KEYS + which, (value,))
    return tuple(
        Key(
            name=name,
            project=project,
            secrets=tuple(secrets.get(name, ())),
            scope=scope_of(scope),
            access_hash=access_hash,
            created_at=instant_of(created_us),
            expires_at=instant_of(expires_us),
            revoked_at=instant_of(revoked_us),
            source="store",
        )
        for name, project, scope, access_hash, created_us, expires_us, revoked_us in rows
    )


def _put_key(connection: sqlite3.Connection, key: Key, *, new: bool) -> bool:
    if any(_belongs_to_another(connection, secret, key) for secret in key.secrets):
        return False
    row = (
        key.project,
        scope_text(key.scope),
        key.access_hash,
        microseconds_of(key.created_at),
        microseconds_of(key.expires_at),
        microseconds_of(key.revoked_at),
        key.name,
    )
    statement = (
        "INSERT OR IGNORE INTO keys"
        " (project, scope, access_hash, created_us, expires_us, revoked_us, name)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)"
        if new
        else "UPDATE keys SET project = ?, scope = ?, access_hash = ?, created_us = ?,"
        " expires_us = ?, revoked_us = coalesce(revoked_us, ?) WHERE name = ?"
    )
    if not _changed(connection, statement, row):
        return False
    connection.execute("DELETE FROM secrets WHERE key = ?", (key.name,))
    connection.executemany(
        "INSERT INTO secrets VALUES (?, ?, ?, ?, ?, ?)",
        [
            (
                s.digest,
                key.name,
                place,
                s.prefix,
                microseconds_of(s.created_at),
                microseconds_of(s.expires_at),
            )
            for place, s in enumerate(key.secrets)
        ],
    )
    return True


def _belongs_to_another(connection: sqlite3.Connection, secret: KeySecret, key: Key) -> bool:
    statement = "SELECT 1 FROM secrets WHERE digest = ? AND key != ?"
    return connection.execute(statement, (secret.digest, key.name)).fetchone() is not None


def _put_project(connection: sqlite3.Connection, project: Project, *, new: bool) -> bool:
    row = (scope_text(project.scope), microseconds_of(project.created_at), project.name)
    statement = (
        "INSERT OR IGNORE INTO projects (scope, created_us, name) VALUES (?, ?, ?)"
        if new
        else "UPDATE projects SET scope = ?, created_us = ? WHERE name = ?"
    )
    return _changed(connection, statement, row)


def _remove_project(connection: sqlite3.Connection, name: str) -> bool:
    statement = (
        "DELETE FROM projects WHERE name = ?1"
        " AND NOT EXISTS (SELECT 1 FROM keys WHERE project = ?1)"
    )
    return _changed(connection, statement, (name,))


def _changed(
    connection: sqlite3.Connection, statement: str, row: Sequence[str | int | None]
) -> bool:
    """Carries out one change; whether there was one, which the version then counts."""
    if connection.execute(statement, row).rowcount != 1:
        return False
    connection.execute("UPDATE principals_version SET version = version + 1")
    return True
