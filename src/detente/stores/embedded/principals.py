"""Projects and keys in the ledger's SQLite file.

Secrets are kept as keyed digests only (`principals.hashing`). Every change is one transaction, on
the disk when it returns, and raises the version by one. The tables are the ledger's
(`ledger.store.schema`): whoever opens the ledger for writing brings them up to date.

Calls block for less than a millisecond and answer no coroutine's turn before they are done.

    principals = EmbeddedPrincipals(state / "ledger.sqlite3", timeout_ms=1_000)
    await principals.put_key(key, new=True)
"""

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from detente.canonical.principal import Key, KeySecret, Project
from detente.stores.columns import instant_of, microseconds_of, scope_of, scope_text
from detente.stores.interface import Stored, StoreUnavailable

T = TypeVar("T")


class EmbeddedPrincipals:
    """Implements `stores.interface.Principals`."""

    def __init__(self, path: Path, *, timeout_ms: int) -> None:
        self._path = path
        self._timeout_ms = timeout_ms
        self._connection: sqlite3.Connection | None = None

    async def version(self) -> int:
        """See `Principals`."""
        return self._done(_version)

    async def load(self) -> Stored:
        """See `Principals`."""
        return self._done(_load)

    async def put_key(self, key: Key, *, new: bool) -> bool:
        """See `Principals`."""
        return self._done(lambda connection: _put_key(connection, key, new=new))

    async def put_project(self, project: Project, *, new: bool) -> bool:
        """See `Principals`."""
        return self._done(lambda connection: _put_project(connection, project, new=new))

    async def remove_project(self, name: str) -> bool:
        """See `Principals`."""
        return self._done(lambda connection: _remove_project(connection, name))

    async def close(self) -> None:
        """See `Principals`."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _done(self, step: Callable[[sqlite3.Connection], T]) -> T:
        """What `step` answers, in a transaction of its own; raises `StoreUnavailable`."""
        try:
            connection = self._open()
            connection.execute("BEGIN" if step in (_version, _load) else "BEGIN IMMEDIATE")
            try:
                answer = step(connection)
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            self._drop()
            raise StoreUnavailable(f"`{self._path.name}` cannot be used now ({error})") from None
        return answer

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            uri = f"{self._path.absolute().as_uri()}?mode=rw"
            self._connection = sqlite3.connect(
                uri, uri=True, isolation_level=None, timeout=self._timeout_ms / 1000
            )
            self._connection.execute("PRAGMA synchronous = FULL")
        return self._connection

    def _drop(self) -> None:
        """The next call opens the file anew: it may have been replaced."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT version FROM principals_version").fetchone()[0])


def _load(connection: sqlite3.Connection) -> Stored:
    secrets: dict[str, list[KeySecret]] = {}
    for key, digest, prefix, created_us, expires_us in connection.execute(
        "SELECT key, digest, prefix, created_us, expires_us FROM secrets ORDER BY key, place"
    ):
        secrets.setdefault(key, []).append(
            KeySecret(
                digest=digest,
                prefix=prefix,
                created_at=instant_of(created_us),
                expires_at=instant_of(expires_us),
            )
        )
    return Stored(
        version=_version(connection),
        projects=tuple(
            Project(
                name=name, scope=scope_of(scope), source="store", created_at=instant_of(created_us)
            )
            for name, scope, created_us in connection.execute(
                "SELECT name, scope, created_us FROM projects ORDER BY name"
            )
        ),
        keys=tuple(
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
            for name, project, scope, access_hash, created_us, expires_us, revoked_us in (
                connection.execute(
                    "SELECT name, project, scope, access_hash, created_us, expires_us, revoked_us"
                    " FROM keys ORDER BY name"
                )
            )
        ),
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
