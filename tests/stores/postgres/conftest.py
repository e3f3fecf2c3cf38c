"""A database with its schema, for each test."""

import asyncio

import pytest

from detente.stores.postgres.connection import Database
from detente.stores.postgres.migrating import migrate
from detente.stores.postgres.place import PostgresPlace
from detente.stores.postgres.revision import ready

TIMEOUT_MS = 10_000
"""Nothing here waits for so long, unless the machine has much else to do."""


@pytest.fixture
def place(postgres_url: str) -> PostgresPlace:
    """An empty database."""
    return PostgresPlace(url=postgres_url, timeout_ms=TIMEOUT_MS)


@pytest.fixture
def migrated(place: PostgresPlace) -> PostgresPlace:
    """One with its schema."""
    asyncio.run(migrate(place))
    return place


@pytest.fixture
def database(migrated: PostgresPlace) -> Database:
    """A few connections to it."""
    return Database(migrated, prepare=ready)
