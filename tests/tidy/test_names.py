"""Names say what a thing is, and the project speaks of itself alone."""

import ast
import re
from pathlib import Path

import pytest
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


@pytest.mark.parametrize("path", [p for p in files() if p != HERE], ids=shown)
def test_a_file_speaks_of_the_project_alone(path: Path) -> None:
    lines = enumerate(text_of(path).splitlines(), 1)
    found = [f"{shown(path)}:{n}: {line.strip()[:80]}" for n, line in lines if FOREIGN.search(line)]
    assert found == []


@pytest.mark.parametrize("path", [p for p in files(".py") if p != HERE], ids=shown)
def test_nothing_is_left_unfinished(path: Path) -> None:
    lines = enumerate(text_of(path).splitlines(), 1)
    found = [f"{shown(path)}:{n}: {line.strip()}" for n, line in lines if UNFINISHED.search(line)]
    assert found == []


@pytest.mark.parametrize("path", [p for p in files(".py") if text_of(p)], ids=shown)
def test_every_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(tree_of(path)), f"{shown(path)} has no docstring"


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
