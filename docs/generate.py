"""Writes the reference pages that are made from the code: `cli.md` and `configuration.md`.

`make docs` runs it; a test compares what it would write with what is there. Everything else in
`docs/` is written by hand.

>>> pages()["reference/configuration.md"].startswith("# The configuration")
True
"""

import inspect
import re
import types
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from detente.cli import COMMANDS, build_app
from detente.configuration.schema import Configuration

DOCS = Path(__file__).resolve().parent
MADE = "<!-- Made by `make docs` from the code; change it there. -->\n"

CLI_HEAD = f"""# The command line
{MADE}
Every command that prints facts has `--json`. A command ends with status 0 when it is done
(warnings included), 1 when the answer is bad news (`check` found errors, `route` was denied),
and 2 for wrong usage or unreadable input, with one sentence that names the cure.
"""

CONFIGURATION_HEAD = f"""# The configuration
{MADE}
One TOML file, `detente.toml`; agreements stand in a folder beside it
([their reference](agreements.md)). Unknown keys are errors that name the nearest known key,
file and line. Secrets stand here by reference only. Dates without a time are midnight, times
without a zone are UTC. `detente schema` prints the same as JSON Schema, for editors.
"""

WORDS = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    Decimal: "number",
    datetime: "date or time",
    type(None): "",
}


def pages() -> dict[str, str]:
    """Every made page by its path below `docs/`."""
    return {"reference/cli.md": cli_page(), "reference/configuration.md": configuration_page()}


def cli_page() -> str:
    """All commands, in the order of the registry, each with its whole docstring."""
    app = build_app(in_full=[command.name for command in COMMANDS])
    text = app.generate_docs(output_format="markdown", usage_name="detente")
    body = text[text.index("\n## detente ") + 1 :]
    return CLI_HEAD + "\n" + re.sub(r"\n{3,}", "\n\n", body).rstrip() + "\n"


def configuration_page() -> str:
    """Every table of `detente.toml` with its keys, types and defaults."""
    sections = [CONFIGURATION_HEAD, *(_section(table) for table in _tables(Configuration, {}))]
    return "\n".join(sections)


def _tables(
    table: type[msgspec.Struct], seen: dict[type[msgspec.Struct], None]
) -> list[type[msgspec.Struct]]:
    """`table` and every table below it, each once, in reading order."""
    seen[table] = None
    for field in msgspec.structs.fields(table):
        for inner in _structs(field.type):
            if inner not in seen:
                _tables(inner, seen)
    return list(seen)


def _structs(kind: Any) -> list[type[msgspec.Struct]]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return [kind]
    return [found for argument in get_args(kind) for found in _structs(argument)]


def _section(table: type[msgspec.Struct]) -> str:
    rows = [
        f"| `{field.encode_name}` | {_type(field.type)} | {_default(field)} |"
        for field in msgspec.structs.fields(table)
    ]
    return "\n".join(
        [
            f"## {table.__name__}\n",
            inspect.cleandoc(table.__doc__ or ""),
            "",
            "| key | type | default |",
            "| --- | --- | --- |",
            *rows,
            "",
        ]
    )


def _type(kind: Any) -> str:
    """A type in words, as one would say what to write."""
    if kind in WORDS:
        return WORDS[kind]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return f"[{kind.__name__}](#{kind.__name__.lower()})"
    arguments = get_args(kind)
    match get_origin(kind):
        case origin if origin is Annotated:
            words = _type(arguments[0]) + _bounds(arguments[1:])
        case origin if origin is Literal:
            words = ", ".join(f'`"{word}"`' for word in arguments)
        case origin if origin in (Union, types.UnionType):
            words = " or ".join(filter(None, (_type(argument) for argument in arguments)))
        case origin if origin is dict:
            words = f"table of {_type(arguments[1])} by name"
        case _:
            words = f"array of {_type(arguments[0])}"
    return words


def _bounds(notes: tuple[Any, ...]) -> str:
    found = [note for note in notes if isinstance(note, msgspec.Meta)]
    words = [f" ≥ {note.ge}" for note in found if note.ge is not None]
    words += [f" ≤ {note.le}" for note in found if note.le is not None]
    words += [f" matching `{note.pattern}`" for note in found if note.pattern is not None]
    return ",".join(words)


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    value = field.default
    if value is msgspec.NODEFAULT:
        value = field.default_factory() if field.default_factory is not msgspec.NODEFAULT else None
    if value is None or value in ((), {}):
        return "none"
    if isinstance(value, msgspec.Struct):
        return "its defaults"
    if isinstance(value, date | time):
        return f"`{value.isoformat()}`"
    return f"`{msgspec.json.encode(value).decode()}`"


def main() -> None:
    """Writes the pages."""
    for name, text in pages().items():
        (DOCS / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
