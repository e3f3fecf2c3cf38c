"""Where a tree does not have its schema's shape, and what to do about it.

`msgspec` says what is wrong; this module turns its sentence into a path into the tree and a
sentence of ours with the nearest known key or value. Reads nothing and knows no file or line.

>>> complaint("Object contains unknown field `lissten` - at `$.server`", tree, Configuration, ())
(('server', 'lissten'), 'unknown key `lissten`; did you mean `listen`?')
"""

import re
from typing import cast

import msgspec
from msgspec import inspect

from detente.configuration.positions import Path
from detente.configuration.tables import Secret
from detente.configuration.words import did_you_mean, plain

_UNKNOWN = re.compile(r"^Object contains unknown field `(.*?)`(?: - at `([^`]*)`)?$", re.DOTALL)
_MISSING = re.compile(r"^Object missing required field `(.*?)`(?: - at `([^`]*)`)?$", re.DOTALL)
_ENUM = re.compile(r"^Invalid enum value '(.*?)'(?: - at `([^`]*)`)?$", re.DOTALL)
_KEY = re.compile(r"^(.*?) - at `key` in `([^`]*)`$", re.DOTALL)
_MESSAGE = re.compile(r"^(.*?)(?: - at `([^`]*)`)?$", re.DOTALL)
_REFERENCE = list(Secret.__struct_fields__)
_REFERENCE_CURE = '; a secret is only named here, as `{ env = "NAME" }` or `{ file = "path" }`'
_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]|\[\.\.\.\]")


def complaint(error: str, tree: object, schema: type[object], at: Path) -> tuple[Path, str]:
    """The path that msgspec's `error` is about, from the root of `tree`, and one sentence.

    `at` is where `tree` stands in its file; names in the sentence start there.
    """
    if unknown := _UNKNOWN.match(error):
        path = _path(unknown[2], tree, schema, error)
        hint = did_you_mean(unknown[1], _fields_at(schema, path, tree))
        return (*path, unknown[1]), f"unknown key `{plain(unknown[1])}`; {hint or 'remove it'}"
    if missing := _MISSING.match(error):
        path = _path(missing[2], tree, schema, error)
        return path, f"{_named((*at, *path))}: missing `{missing[1]}`; add it"
    if enum := _ENUM.match(error):
        path = _path(enum[2], tree, schema, error)
        hint = did_you_mean(enum[1], _words_at(schema, path, tree))
        sentence = f"{_named((*at, *path))}: unknown value `{plain(enum[1])}`"
        return path, f"{sentence}; {hint}" if hint else sentence
    if key := _KEY.match(error):
        path = _path(key[2], tree, schema, error)
        path = (*path, _bad_key(path, tree, schema, error))
        return path, f"{_named((*at, *path))} is no name that can stand here: {_lower(key[1])}"
    found = _MESSAGE.match(error)
    assert found is not None  # The pattern matches any text.
    path = _path(found[2], tree, schema, error)
    cure = _REFERENCE_CURE if _fields_at(schema, path, tree) == _REFERENCE else ""
    return path, f"{_named((*at, *path))}: {_lower(found[1])}{cure}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _named(path: Path) -> str:
    return f"`{plain('.'.join(str(part) for part in path))}`" if path else "this file"


def _path(steps: str | None, tree: object, schema: type[object], error: str) -> Path:
    """`$.providers[...].kind` as a path; msgspec does not name a mapping's key, so it is sought."""
    path: Path = ()
    for step in _STEP.finditer(steps or ""):
        if step[1] is not None:
            path = (*path, step[1])
        elif step[2] is not None:
            path = (*path, int(step[2]))
        else:
            path = (*path, _bad_key(path, tree, schema, error))
    return path


def _bad_key(path: Path, tree: object, schema: type[object], error: str) -> str:
    """The first key of the mapping at `path` that gives `error`, found by halving."""
    mapping = tree
    for part in path:
        mapping = _child(mapping, part)
    items = list(_mapping(mapping).items())

    def fails(some: list[tuple[str, object]]) -> bool:
        try:
            msgspec.convert(_replaced(tree, path, dict(some)), schema)
        except msgspec.ValidationError as found:
            return str(found) == error
        return False

    while len(items) > 1:
        half = items[: len(items) // 2]
        items = half if fails(half) else items[len(half) :]
    return items[0][0] if items else ""


def _mapping(tree: object) -> dict[str, object]:
    """`tree` where it is a mapping, else an empty one."""
    return cast(dict[str, object], tree) if isinstance(tree, dict) else {}


def _replaced(tree: object, path: Path, value: object) -> object:
    """A copy of `tree` with `value` at `path`."""
    if not path:
        return value
    inner = _replaced(_child(tree, path[0]), path[1:], value)
    if isinstance(tree, dict):
        return {**_mapping(cast(object, tree)), str(path[0]): inner}
    items = cast(list[object], tree)
    return [inner if index == path[0] else item for index, item in enumerate(items)]


def _child(tree: object, part: str | int) -> object:
    if isinstance(part, str):
        return _mapping(tree).get(part)
    items = cast(list[object], tree) if isinstance(tree, list) else []
    return items[part] if part < len(items) else None


def _type_at(schema: object, path: Path, tree: object) -> inspect.Type:
    """What `schema` allows at `path`; for a union, the member that the tree's tag names."""
    kind = inspect.type_info(schema)
    here = tree
    for part in path:
        kind = _descend(_member(kind, here), part)
        here = _child(here, part)
    return _member(kind, here)


def _fields_at(schema: object, path: Path, tree: object) -> list[str]:
    """The keys that `schema` knows at `path`."""
    kind = _type_at(schema, path, tree)
    if isinstance(kind, inspect.StructType):
        return [field.encode_name for field in kind.fields]
    return []


def _words_at(schema: object, path: Path, tree: object) -> list[str]:
    """The words that `schema` allows at `path`."""
    kind = _type_at(schema, path, tree)
    kinds = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    literals = [k for k in kinds if isinstance(k, inspect.LiteralType)]
    return [str(word) for literal in literals for word in literal.values]


def _member(kind: inspect.Type, tree: object) -> inspect.Type:
    if not isinstance(kind, inspect.UnionType):
        return kind
    mapping = _mapping(tree)
    structs = [t for t in kind.types if isinstance(t, inspect.StructType)]
    for struct in structs:
        if struct.tag is not None and mapping.get(struct.tag_field or "") == struct.tag:
            return struct
    containers = (inspect.DictType, inspect.ListType, inspect.VarTupleType)
    fitting = [*structs, *(t for t in kind.types if isinstance(t, containers))]
    return fitting[0] if fitting else kind


def _descend(kind: inspect.Type, part: str | int) -> inspect.Type:
    match kind:
        case inspect.StructType():
            fields = {field.encode_name: field.type for field in kind.fields}
            return fields.get(str(part), inspect.AnyType())
        case inspect.DictType():
            return kind.value_type
        case inspect.ListType() | inspect.VarTupleType():
            return kind.item_type
        case _:
            return inspect.AnyType()
