"""Pure rooms know and compute; they touch no socket, file, clock, chance, log or event loop.

Time, ids and randomness arrive as arguments. The named exceptions are what touches files.
"""

import ast
from pathlib import Path

import pytest
from tests.tidy.project import SOURCE, modules, shown, tree_of

PURE = (
    "canonical", "dialects", "providers", "catalog", "agreements", "guardrails", "ledger",
    "reports", "pictures", "accounts", "principals",
)  # fmt: skip
EXCEPTIONS = {
    "ledger/store": "the ledger's files are its business",
    "catalog/loader.py": "reads the package's own data",
    "providers/compatible.py": "reads the package's own data",
    "providers/credentials": "platforms' libraries read environment, files and metadata",
}
BANNED_MODULES = frozenset(
    {
        *("asyncio", "socket", "ssl", "select", "selectors", "http", "urllib.request"),
        *("os", "io", "pathlib", "shutil", "tempfile", "mmap", "fcntl", "sqlite3", "subprocess"),
        *("time", "random", "secrets", "uuid", "logging", "threading", "multiprocessing"),
        *("queue", "signal", "uvloop", "httptools"),
    }
)
BANNED_CALLS = frozenset({"open", "print", "input", "exec", "eval", "__import__"})
BANNED_METHODS = frozenset({"now", "utcnow", "today", "read_text", "write_text", "read_bytes"})


def pure_modules() -> list[Path]:
    return [
        path
        for room in PURE
        for path in modules(SOURCE / room)
        if not any(path.relative_to(SOURCE).as_posix().startswith(name) for name in EXCEPTIONS)
    ]


def impurities(tree: ast.Module) -> list[str]:
    """What a module has that a pure one must not."""
    found: list[str] = []
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found += [name.name for name in names if is_banned(name.name)]
            case ast.ImportFrom(module=str() as module) if is_banned(module):
                found.append(module)
            case ast.AsyncFunctionDef() | ast.Await() | ast.AsyncFor() | ast.AsyncWith():
                found.append("async")
            case ast.Call(func=ast.Name(id=name)) if name in BANNED_CALLS:
                found.append(f"{name}()")
            case ast.Call(func=ast.Attribute(attr=name)) if name in BANNED_METHODS:
                found.append(f".{name}()")
            case ast.Global():
                found.append("global")
            case _:
                pass
    return found


def is_banned(module: str) -> bool:
    return module in BANNED_MODULES or module.partition(".")[0] in BANNED_MODULES


def test_pure_modules_are_pure() -> None:
    found = {shown(path): impurities(tree_of(path)) for path in pure_modules()}
    assert {path: what for path, what in found.items() if what} == {}


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import os", ["os"]),
        ("from urllib.request import urlopen", ["urllib.request"]),
        ("from urllib.parse import urlsplit", []),
        ("async def f(): pass", ["async"]),
        ("open('x')", ["open()"]),
        ("datetime.now(UTC)", [".now()"]),
        ("import json", []),
    ],
)
def test_the_check_sees_what_it_should(code: str, found: list[str]) -> None:
    assert impurities(ast.parse(code)) == found


def test_exceptions_are_still_needed() -> None:
    for name in EXCEPTIONS:
        paths = [p for p in modules() if p.relative_to(SOURCE).as_posix().startswith(name)]
        assert any(impurities(tree_of(path)) for path in paths), name
