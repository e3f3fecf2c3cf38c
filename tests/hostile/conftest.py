"""The arena, once for all tests of this folder in one process."""

from collections.abc import Generator

import pytest

from tests.hostile.arena import Arena, running_arena


@pytest.fixture(scope="session")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Generator[Arena]:
    """The running arena."""
    with running_arena(tmp_path_factory.mktemp("arena") / "gateway") as running:
        yield running
