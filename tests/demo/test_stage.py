"""A stage runs an example on free ports, in a copy, and leaves nothing running."""

import socket
from pathlib import Path

import pytest

from detente.configuration.located import LocatedErrors
from detente.demo.examples import examples_folder
from detente.demo.stage import Addition, staged

EXAMPLE = examples_folder() / "first-refusal"


def accepts(url: str) -> bool:
    """Whether something listens at an address of ours."""
    port = int(url.rpartition(":")[2])
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_an_example_runs_in_a_copy_and_is_gone_afterwards(tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in EXAMPLE.rglob("*.toml")}
    addition = Addition(
        configuration="[projects.added]\n",
        agreements={
            "added.toml": 'id = "added"\ntitle = "t"\nparties = ["us"]\nfrom = 2024-01-01\n'
            'recorded_at = 2024-01-01\nsource = "s"\n'
        },
    )
    with staged(EXAMPLE, tmp_path, addition) as stage:
        assert accepts(stage.base_url)
        assert accepts(stage.admin_url)
        assert stage.configuration_file.is_relative_to(tmp_path)
        assert "added" in stage.setup.configuration.projects
        assert "added" in [agreement.id for agreement in stage.setup.agreements.agreements]
        quote = stage.quote_of("azure-first/first-refusal")
        assert quote is not None
        assert quote.startswith("The customer shall present")
        assert stage.quote_of("no-such/clause") is None
        simulated = stage.setup.configuration.providers["openai"].base_url
        assert simulated is not None
        simulator = simulated.removesuffix("/v1")
        assert accepts(simulator)
        gone = (stage.base_url, stage.admin_url, simulator)
    assert not any(accepts(url) for url in gone)
    assert {path: path.read_bytes() for path in EXAMPLE.rglob("*.toml")} == before


def test_two_stages_of_one_example_do_not_meet(tmp_path: Path) -> None:
    with staged(EXAMPLE, tmp_path / "a") as first, staged(EXAMPLE, tmp_path / "b") as second:
        assert first.base_url != second.base_url


def test_an_example_that_cannot_be_read_starts_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "detente.toml").write_text("[servr]\n")
    with pytest.raises(LocatedErrors, match="servr"), staged(tmp_path / "mine", tmp_path / "x"):
        pass
