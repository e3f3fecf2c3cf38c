"""Every official client: straight at its platform and through the gateway, with equal results."""

from collections.abc import Generator

import pytest

from tests.platforms.clients import CALLS
from tests.platforms.matrix import ROWS, Row, Stage, running_matrix
from tests.platforms.oracle import running_oracle

each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.client} @ {row.kind}")
each_way = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stage]:
    """One gateway, all platforms."""
    with running_matrix(tmp_path_factory.mktemp("matrix") / "gateway") as running:
        yield running


@each_way
@each_row
def test_the_same_through_the_gateway(stage: Stage, row: Row, streamed: bool) -> None:
    straight = stage.straight(row, streamed=streamed)
    through = stage.through(row, streamed=streamed)
    assert through == straight
    said = _said(straight)
    assert "hello" in said
    assert "there" in said


@each_way
def test_oracles_own_client(streamed: bool) -> None:
    with running_oracle() as oracle:
        assert oracle.ask(streamed=streamed) == "hello there"


def test_every_client_is_in_the_matrix() -> None:
    assert {row.client for row in ROWS} == CALLS.keys() - {"AzureOpenAI, Entra token"}


def _said(result: object) -> str:
    """All text in a result, in order."""
    if isinstance(result, str):
        return result
    if isinstance(result, dict):
        return "".join(_said(value) for value in result.values())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] -- plain values of any client
    if isinstance(result, list | tuple):
        return "".join(map(_said, result))  # pyright: ignore[reportUnknownArgumentType] -- as above
    return ""
