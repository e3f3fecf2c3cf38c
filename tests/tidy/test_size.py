"""Files and functions stay small enough to be read at one go.

The lists of exceptions are a ratchet: one that is no longer needed fails here, too.
"""

import ast

from tests.tidy.project import files, shown, text_of, tree_of

FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 60

LONG_FILES: dict[str, str] = {}
"""File to the reason why it may be longer."""
LONG_FUNCTIONS: dict[str, str] = {}
"""`file function` to the reason why it may be longer."""


def length_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring, which may be as long as it is good."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def test_files_are_short() -> None:
    long = {shown(p) for p in files(".py") if text_of(p).count("\n") > FILE_LINES_MAX}
    assert long == set(LONG_FILES)


def test_functions_are_short() -> None:
    long = {
        f"{shown(path)} {node.name}"
        for path in files(".py")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and length_of(node) > FUNCTION_LINES_MAX
    }
    assert long == set(LONG_FUNCTIONS)
