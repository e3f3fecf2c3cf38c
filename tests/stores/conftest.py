"""Servers that the stores' tests share, each started once a session and only where it is used."""

from collections.abc import Iterator

import pytest
from tests.postgres import Server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A running server; each test takes a `database` of its own."""
    with Server.started() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: Server) -> str:
    """The address of a new, empty database."""
    return postgres_server.database()
