"""Names say what a thing is, and the project speaks of itself alone."""

import ast
import re
from collections.abc import Iterable
from pathlib import Path

from tests.tidy.project import ROOT, files, modules, shown, text_of, tree_of

NAMELESS = {"utils", "util", "helpers", "helper", "manager", "common", "misc", "base", "stuff"}
"""Names under which anything can be put, and is."""

# This file holds the words that it looks for, and is left out.
HERE = Path(__file__).resolve()

FOREIGN = re.compile(
    r"(?<![\w.])/(work|root|home/\w+)/|pypi\.org|pythonhosted|registry\.npmjs|deb\.debian\.org"
    r"|(?<!emit-)index-url|\bclaude code\b|\bco-authored-by\b|\bissue #?\d|\bthe issue's\b",
    re.IGNORECASE,
)
"""Machines, registries and tools of whoever worked on the project."""
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplemented")
UNEXPLAINED = re.compile(
    r"# (noqa|type: ignore|pyright: ignore|pragma: no cover)"
    r"(?!(: [A-Z]+\d+(, ?[A-Z]+\d+)*|\[[\w, ]+\])( -{1,2}| #)? ?[`\w])"
)
"""A check that is switched off, and no word why."""


def test_no_module_is_called_anything() -> None:
    assert [shown(p) for p in files(".py") if set(p.parts) & NAMELESS or p.stem in NAMELESS] == []


def test_no_class_or_function_is_called_anything() -> None:
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    found = [
        f"{shown(path)}: {node.name}"
        for path in modules()
        for node in ast.walk(tree_of(path))
        if isinstance(node, kinds)
        and {word.lower() for word in re.findall(r"[A-Z]?[a-z]+", node.name)}
        & {"utils", "helper", "helpers", "manager"}
    ]
    assert found == []


def lines_with(pattern: re.Pattern[str], paths: Iterable[Path]) -> list[str]:
    """Where a pattern is found, as `file:line: text`."""
    return [
        f"{shown(path)}:{number}: {line.strip()[:80]}"
        for path in paths
        if path != HERE
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if pattern.search(line)
    ]


def test_the_project_speaks_of_itself_alone() -> None:
    assert lines_with(FOREIGN, files()) == []


def test_nothing_is_left_unfinished() -> None:
    assert lines_with(UNFINISHED, files(".py")) == []


def test_every_module_says_what_it_is() -> None:
    silent = [shown(p) for p in files(".py") if text_of(p) and not ast.get_docstring(tree_of(p))]
    assert silent == []


def test_every_public_definition_says_what_it_is() -> None:
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    found = [
        f"{shown(path)}:{node.lineno} {node.name}"
        for path in modules()
        for node in tree_of(path).body
        if isinstance(node, kinds)
        and not node.name.startswith("_")
        and ast.get_docstring(node) is None
    ]
    assert found == []


def test_functions_take_no_nameless_keywords() -> None:
    found = [
        f"{shown(path)}:{node.lineno} {node.name}"
        for path in modules()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.args.kwarg is not None
    ]
    assert found == []


def test_the_licence_is_there() -> None:
    assert "Apache License" in text_of(ROOT / "LICENSE")


def test_every_exemption_has_its_reason() -> None:
    assert lines_with(UNEXPLAINED, files(".py")) == []
