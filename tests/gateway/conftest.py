"""Stages for the gateway's tests, in rest at the end of each."""

from collections.abc import Generator
from functools import partial
from pathlib import Path

import pytest
from tests.gateway.governing import Staging, governed
from tests.gateway.scripts import AGREED
from tests.gateway.stage import Stage, staged


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Stage]:
    """A stage with no agreement."""
    with staged(tmp_path, monkeypatch) as made:
        yield made
        assert made.at_rest()


@pytest.fixture
def agreed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Stage]:
    """A stage on which the first provider has the right of first refusal."""
    with staged(tmp_path, monkeypatch, AGREED) as made:
        yield made
        assert made.at_rest()


@pytest.fixture
def staging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Staging:
    """Makes the one stage of a test, from the policies that govern on it."""
    return partial(governed, tmp_path, monkeypatch)
