"""The wheel holds the package, its data and its examples, and nothing that runs by itself."""

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.tidy.project import ROOT, SOURCE, files


def test_the_wheel_is_the_source(tmp_path: Path) -> None:
    subprocess.run(
        [
            *(sys.executable, "-m", "build", "--wheel", "--no-isolation"),
            *("--outdir", str(tmp_path), str(ROOT)),
        ],
        check=True,
        capture_output=True,
        timeout=100,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
        assert not any(name.endswith(".pth") for name in archive.namelist())
        sources = {f"detente/{p.relative_to(SOURCE).as_posix()}": p for p in tracked(SOURCE)}
        examples = ROOT / "examples"
        sources |= {
            f"detente/examples/{p.relative_to(examples).as_posix()}": p for p in tracked(examples)
        }
        assert set(sources) <= held
        assert all(archive.read(name) == path.read_bytes() for name, path in sources.items())


def tracked(folder: Path) -> list[Path]:
    return [path for path in files() if path.is_relative_to(folder)]
