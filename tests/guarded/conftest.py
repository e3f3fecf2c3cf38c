"""The guarded stage, once for all tests of this folder in one process."""

from collections.abc import Generator

import pytest

from tests.guarded.stage import running_stage
from tests.pairs.stage import Stage


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stage]:
    """The running stage."""
    with running_stage(tmp_path_factory.mktemp("guarded") / "all") as running:
        yield running
