"""What is installed is what was reviewed: pinned, hashed, and from nowhere in particular."""

import re
import tomllib
from pathlib import Path

import pytest
from tests.tidy.project import ROOT, shown, text_of

FILES = sorted((ROOT / "requirements").glob("*.txt"))
PIN = re.compile(r"^([a-z0-9-]+)(\[[a-z0-9,-]+\])?==(\S+)", re.MULTILINE)


def pins_of(path: Path) -> dict[str, str]:
    """The pinned version of every package in a requirement file."""
    return {name: version for name, _, version in PIN.findall(text_of(path))}


@pytest.mark.parametrize("path", FILES, ids=shown)
def test_a_requirement_file_carries_no_address(path: Path) -> None:
    text = text_of(path)
    assert "://" not in text
    assert not re.search(r"^\s*-", text.replace("    --hash=", "    hash "), re.MULTILINE)
    assert not re.search(r"\b[a-z0-9-]+\.(org|com|net|io)\b", text)


@pytest.mark.parametrize("path", FILES, ids=shown)
def test_every_package_is_pinned_with_hashes(path: Path) -> None:
    entries = [e for e in re.split(r"\n(?=\S)", text_of(path)) if not e.startswith("#")]
    assert entries
    for entry in entries:
        assert PIN.match(entry), entry
        assert "--hash=sha256:" in entry, entry


def test_all_files_pin_the_same_versions() -> None:
    together = pins_of(ROOT / "requirements" / "fuzz.txt")
    for path in FILES:
        if path.name == "model.txt":
            continue
        pins = pins_of(path)
        assert {name: together.get(name) for name in pins} == pins, path.name


def test_every_declared_dependency_is_pinned() -> None:
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))
    groups = {
        "base.txt": project["project"]["dependencies"],
        "demo.txt": project["project"]["optional-dependencies"]["demo"],
        "local.txt": project["project"]["optional-dependencies"]["local"],
        "bench.txt": project["dependency-groups"]["bench"],
        "dev.txt": project["dependency-groups"]["dev"],
        "fuzz.txt": project["dependency-groups"]["fuzz"],
    }
    for name, declared in groups.items():
        wanted = {re.split(r"[\[<>=;~ ]", line)[0].lower() for line in declared}
        missing = wanted - set(pins_of(ROOT / "requirements" / name))
        assert missing == set(), f"{name}: run `make requirements`"


def test_the_lower_bounds_that_security_asks_for_stand() -> None:
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))
    assert "starlette>=1.0.1" in project["project"]["dependencies"]
    assert "pyjwt[crypto]>=2.13" in project["project"]["optional-dependencies"]["oidc"]
