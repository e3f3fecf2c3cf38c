"""The stage of pairs, once for all tests of this folder in one process."""

from collections.abc import Generator

import pytest

from tests.pairs.stage import Stage, running_stage


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stage]:
    """The running stage."""
    with running_stage(tmp_path_factory.mktemp("pairs") / "gateway") as running:
        yield running
