"""Projects and keys in PostgreSQL, for all machines that share it.

Secrets are kept as keyed digests only. Every change is one transaction and raises the version by
one; the row of the version is locked first, so that changes come one after the other and a version
says all that is in it.

>>> principals = PostgresPrincipals(database)
>>> await principals.put_key(key, new=True)
True
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, NamedTuple

from detente.canonical.principal import Key, KeySecret, Project
from detente.stores.columns import instant_of, microseconds_of, scope_of, scope_text
from detente.stores.interface import LOAD_S, Size, Stored
from detente.stores.postgres.connection import Connection, Database

_VERSION: Final = "SELECT version FROM principals_version"
_SECRETS: Final = "SELECT key, digest, prefix, created_us, expires_us FROM secrets "
_KEYS: Final = (
    "SELECT name, project, scope, access_hash, created_us, expires_us, revoked_us FROM keys "
)
_PROJECTS: Final = "SELECT name, scope, created_us FROM projects "
_PROJECT_NAMES: Final = "SELECT name FROM projects ORDER BY name"
_NAMED: Final = "WHERE name = $1"
_OF_NAMED: Final = "WHERE key = $1 ORDER BY place"
_CHANGED: Final = "WHERE version > $1 ORDER BY name"
_OF_CHANGED: Final = "WHERE key IN (SELECT name FROM keys WHERE version > $1) ORDER BY key, place"
_SIZE: Final = (
    "SELECT (SELECT count(*) FROM projects), (SELECT count(*) FROM keys),"
    " (SELECT coalesce(sum(octet_length(scope)), 0)"
    " FROM (SELECT scope FROM projects UNION ALL SELECT scope FROM keys) AS scopes)"
)
_ADD_KEY: Final = (
    "INSERT INTO keys (name, project, scope, access_hash, created_us, expires_us, revoked_us)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING"
)
_CHANGE_KEY: Final = (
    "UPDATE keys SET project = $2, scope = $3, access_hash = $4, created_us = $5,"
    " expires_us = $6, revoked_us = coalesce(revoked_us, $7) WHERE name = $1"
)
_ADD_SECRETS: Final = (
    "INSERT INTO secrets SELECT * FROM unnest($1::bytea[], $2::text[], $3::bigint[], $4::text[],"
    " $5::bigint[], $6::bigint[])"
)
_ADD_PROJECT: Final = (
    "INSERT INTO projects (name, scope, created_us) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
)
_CHANGE_PROJECT: Final = "UPDATE projects SET scope = $2, created_us = $3 WHERE name = $1"
_REMOVE_PROJECT: Final = (
    "DELETE FROM projects WHERE name = $1 AND NOT EXISTS (SELECT 1 FROM keys WHERE project = $1)"
)


class PostgresPrincipals:
    """Implements `stores.interface.Principals`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def version(self) -> int:
        """See `Principals`."""
        return int(await self._database.run(lambda c: c.fetchval(_VERSION)))

    async def load(self, since: int = -1) -> Stored:
        """See `Principals`."""

        async def changed(connection: Connection) -> _Rows:
            return await _changed_rows(connection, since)

        if since < 0:
            rows = await self._database.run_aside(changed, within_s=LOAD_S)
            return await asyncio.to_thread(_stored, rows)
        return _stored(await self._database.run(changed))

    async def key(self, name: str) -> Key | None:
        """See `Principals`."""

        async def named(connection: Connection) -> tuple[Any, list[Any]]:
            async with _one_moment(connection):
                row = await connection.fetchrow(_KEYS + _NAMED, name)
                return row, await connection.fetch(_SECRETS + _OF_NAMED, name)

        row, secrets = await self._database.run(named)
        return None if row is None else _key(row, _by_key(secrets))

    async def project(self, name: str) -> Project | None:
        """See `Principals`."""
        row = await self._database.run(lambda c: c.fetchrow(_PROJECTS + _NAMED, name))
        return None if row is None else _project(row)

    async def size(self) -> Size:
        """See `Principals`."""
        projects, keys, scope_bytes = await self._database.run(lambda c: c.fetchrow(_SIZE))
        return Size(projects=projects, keys=keys, scope_bytes=scope_bytes)

    async def put_key(self, key: Key, *, new: bool) -> bool:
        """See `Principals`."""

        async def put(connection: Connection) -> bool:
            digests = [secret.digest for secret in key.secrets]
            query = "SELECT 1 FROM secrets WHERE digest = ANY($1) AND key <> $2"
            if await connection.fetchval(query, digests, key.name) is not None:
                return False
            if not await _done(connection, _ADD_KEY if new else _CHANGE_KEY, *_key_row(key)):
                return False
            await connection.execute("DELETE FROM secrets WHERE key = $1", key.name)
            await connection.execute(_ADD_SECRETS, *_secret_columns(key))
            return True

        return await self._changed(put)

    async def put_project(self, project: Project, *, new: bool) -> bool:
        """See `Principals`."""
        row = (project.name, scope_text(project.scope), microseconds_of(project.created_at))
        query = _ADD_PROJECT if new else _CHANGE_PROJECT
        return await self._changed(lambda c: _done(c, query, *row))

    async def remove_project(self, name: str) -> bool:
        """See `Principals`."""
        return await self._changed(lambda c: _done(c, _REMOVE_PROJECT, name))

    async def close(self) -> None:
        """See `Principals`."""
        await self._database.close()

    async def _changed(self, change: Callable[[Connection], Awaitable[bool]]) -> bool:
        async def counted(connection: Connection) -> bool:
            await connection.fetchval(f"{_VERSION} FOR UPDATE")
            if not await change(connection):
                return False
            await connection.execute("UPDATE principals_version SET version = version + 1")
            return True

        return await self._database.transact(counted)


class _Rows(NamedTuple):
    """What was read of one moment."""

    version: int
    secrets: list[Any]
    keys: list[Any]
    projects: list[Any]
    project_names: list[Any]


async def _changed_rows(connection: Connection, since: int) -> _Rows:
    """What has changed since that version; every row has one, so all of it since -1."""
    async with _one_moment(connection):
        return _Rows(
            version=await connection.fetchval(_VERSION),
            secrets=await connection.fetch(_SECRETS + _OF_CHANGED, since),
            keys=await connection.fetch(_KEYS + _CHANGED, since),
            projects=await connection.fetch(_PROJECTS + _CHANGED, since),
            project_names=await connection.fetch(_PROJECT_NAMES),
        )


def _one_moment(connection: Connection) -> AbstractAsyncContextManager[None]:
    """A snapshot, which only this isolation gives to several statements."""
    return connection.transaction(readonly=True, isolation="repeatable_read")


def _stored(rows: _Rows) -> Stored:
    secrets = _by_key(rows.secrets)
    return Stored(
        version=rows.version,
        projects=tuple(_project(row) for row in rows.projects),
        keys=tuple(_key(row, secrets) for row in rows.keys),
        project_names=tuple(name for (name,) in rows.project_names),
    )


def _by_key(rows: list[Any]) -> dict[str, list[KeySecret]]:
    secrets: dict[str, list[KeySecret]] = {}
    for key, digest, prefix, created_us, expires_us in rows:
        secret = KeySecret(
            digest=digest,
            prefix=prefix,
            created_at=instant_of(created_us),
            expires_at=instant_of(expires_us),
        )
        secrets.setdefault(key, []).append(secret)
    return secrets


def _key(row: Any, secrets: dict[str, list[KeySecret]]) -> Key:
    name, project, scope, access_hash, created_us, expires_us, revoked_us = row
    return Key(
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


def _project(row: Any) -> Project:
    name, scope, created_us = row
    created_at = instant_of(created_us)
    return Project(name=name, scope=scope_of(scope), source="store", created_at=created_at)


def _key_row(key: Key) -> tuple[str | int | None, ...]:
    return (
        key.name,
        key.project,
        scope_text(key.scope),
        key.access_hash,
        microseconds_of(key.created_at),
        microseconds_of(key.expires_at),
        microseconds_of(key.revoked_at),
    )


def _secret_columns(key: Key) -> tuple[list[Any], ...]:
    return (
        [secret.digest for secret in key.secrets],
        [key.name] * len(key.secrets),
        list(range(len(key.secrets))),
        [secret.prefix for secret in key.secrets],
        [microseconds_of(secret.created_at) for secret in key.secrets],
        [microseconds_of(secret.expires_at) for secret in key.secrets],
    )


async def _done(connection: Connection, statement: str, *values: object) -> bool:
    """Runs a statement that changes one row at most; whether it did."""
    return (await connection.execute(statement, *values)).endswith(" 1")
