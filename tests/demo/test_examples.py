"""The examples are found in a clone and in an installed wheel, or where the user says."""

from pathlib import Path

import pytest

import detente
from detente.canonical.failure import ClientFault
from detente.demo.examples import examples_folder


def test_a_clone_has_them_beside_its_source() -> None:
    assert (examples_folder() / "openai-microsoft" / "detente.toml").is_file()
    assert (examples_folder() / "first-refusal" / "detente.toml").is_file()


def test_a_wheel_has_them_beside_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site-packages" / "detente"
    (package / "examples").mkdir(parents=True)
    monkeypatch.setattr(detente, "__file__", str(package / "__init__.py"))
    assert examples_folder() == package / "examples"


def test_a_chosen_folder_counts_alone(tmp_path: Path) -> None:
    assert examples_folder(tmp_path) == tmp_path
    with pytest.raises(ClientFault, match="no examples at"):
        examples_folder(tmp_path / "nowhere")
