"""The project's own files, as the tidy tests read them."""

import ast
import functools
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "detente"


@functools.cache
def files(*endings: str) -> tuple[Path, ...]:
    """Every file of the project (ignored ones are not), or those with these endings."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=30,
    )
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return tuple(sorted(p for p in paths if p.is_file() and (not endings or p.suffix in endings)))


def modules(folder: Path = SOURCE) -> tuple[Path, ...]:
    """The Python files below `folder`."""
    return tuple(path for path in files(".py") if path.is_relative_to(folder))


@functools.cache
def text_of(path: Path) -> str:
    """A file's text; empty where it is not text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@functools.cache
def tree_of(path: Path) -> ast.Module:
    """A Python file's syntax tree."""
    return ast.parse(text_of(path))


def shown(path: Path) -> str:
    """A path as messages name it."""
    return path.relative_to(ROOT).as_posix()
