"""TOML into structs, with every error at its file and line.

`tomllib` and `msgspec` are the authorities on syntax and on shape; this module only adds *where*.
A line is found by walking the text once for table headers and keys, so a value inside a
multi-line array is located at its own line where it starts one, else at its table's.

>>> read_toml(b'lissten = "x"', "detente.toml", Server)
Traceback (most recent call last):
detente.configuration.located.LocatedErrors: detente.toml:1: unknown key `lissten`; did you mean `listen`?
"""

import difflib
import re
import tomllib
from datetime import UTC, date, datetime
from typing import Any, Final, TypeVar

import msgspec

T = TypeVar("T")
Path = tuple[str | int, ...]

FILE_BYTES_MAX: Final = 10 * 1024 * 1024
"""A configuration file larger than this is a mistake, not a configuration."""

_KEY = r"(?:[A-Za-z0-9_-]+|\"(?:[^\"\\]|\\.)*\"|'[^']*')"
_DOTTED = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_HEADER = re.compile(rf"^\s*(\[\[?)\s*({_DOTTED})\s*\]\]?\s*(?:#.*)?$")
_ASSIGNMENT = re.compile(rf"^\s*({_DOTTED})\s*=")
_INLINE_ITEM = re.compile(r"^\s*\{")
_PART = re.compile(_KEY)
_UNKNOWN = re.compile(r"^Object contains unknown field `(.*?)`(?: - at `(.*)`)?$")
_MESSAGE = re.compile(r"^(.*?)(?: - at `(.*)`)?$", re.DOTALL)
_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]|\[\.\.\.\]")


class LocatedError(msgspec.Struct, frozen=True):
    """One thing that is wrong, where, and the cure in the same sentence."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class LocatedErrors(Exception):
    """Everything that is wrong with what was read, in the order of the files and lines."""

    def __init__(self, errors: list[LocatedError]) -> None:
        self.errors = tuple(sorted(errors, key=lambda e: (e.file, e.line)))
        super().__init__("\n".join(str(error) for error in self.errors))


class Positions:
    """Where each key of a TOML text stands; asks for the nearest known ancestor."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {(): 1}
        self._walk(text)

    def line(self, path: Path) -> int:
        """The line of `path`, or of the nearest thing around it."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]

    def _walk(self, text: str) -> None:
        table: Path = ()
        counts: dict[Path, int] = {}
        key: Path = ()
        item = 0
        quote = ""
        for number, line in enumerate(text.splitlines(), 1):
            inside = bool(quote)
            quote = _open_quote(line, quote)
            if inside:
                continue
            if header := _HEADER.match(line):
                path = self._resolve(_parts(header[2]), counts)
                if header[1] == "[[":
                    counts[path] = counts.get(path, -1) + 1
                    self._lines.setdefault(path, number)
                    path = (*path, counts[path])
                table, key, item = path, (), 0
                self._lines.setdefault(path, number)
            elif assignment := _ASSIGNMENT.match(line):
                key, item = (*table, *_parts(assignment[1])), 0
                self._lines.setdefault(key, number)
                self._inline(line[assignment.end() :], key, number)
            elif _INLINE_ITEM.match(line) and key:
                self._lines.setdefault((*key, item), number)
                self._inline(line, (*key, item), number)
                item += 1

    def _inline(self, text: str, path: Path, number: int) -> None:
        for found in re.finditer(rf"[{{,]\s*({_KEY})\s*=", text):
            self._lines.setdefault((*path, _unquote(found[1])), number)

    def _resolve(self, parts: Path, counts: dict[Path, int]) -> Path:
        """`[a.b]` below `[[a]]` belongs to the last `a`."""
        path: Path = ()
        for index, part in enumerate(parts):
            path = (*path, part)
            if index < len(parts) - 1 and path in counts:
                path = (*path, counts[path])
        return path


def parse_toml(data: bytes, file: str) -> tuple[dict[str, object], Positions]:
    """The tree of a TOML file, every date as an aware UTC `datetime`, and where its keys stand.

    Raises `LocatedErrors` where the file is too large, not UTF-8 or not TOML.
    """
    if len(data) > FILE_BYTES_MAX:
        raise LocatedErrors(
            [LocatedError(file, 1, f"larger than {FILE_BYTES_MAX} bytes; split the file")]
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise LocatedErrors(
            [LocatedError(file, line, "not UTF-8; save the file as UTF-8")]
        ) from None
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else max(1, text.count("\n"))
        reason = re.sub(r"\s*\(at .*\)$", "", str(error))
        raise LocatedErrors(
            [LocatedError(file, line, f"not valid TOML: {reason[:1].lower()}{reason[1:]}")]
        ) from None
    except RecursionError:
        raise LocatedErrors(
            [LocatedError(file, 1, "nested too deeply; flatten the tables")]
        ) from None
    return _in_utc(tree), Positions(text)


def convert(
    tree: object, positions: Positions, file: str, schema: type[T], at: Path = ()
) -> T:
    """`tree` as `schema`; raises `LocatedErrors` with the nearest known key.

    `at` is where `tree` stands in its file.
    """
    try:
        return msgspec.convert(tree, schema)
    except msgspec.ValidationError as error:
        raise LocatedErrors([_located(str(error), tree, positions, file, schema, at)]) from None


def read_toml(data: bytes, file: str, schema: type[T]) -> T:
    """A whole file as `schema`; raises `LocatedErrors`."""
    tree, positions = parse_toml(data, file)
    return convert(tree, positions, file, schema)


def nearest(word: str, known: list[str]) -> str | None:
    """The known word that was probably meant, or None."""
    found = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(word: str, known: list[str]) -> str:
    """The second half of a sentence about an unknown word: a guess, or what there is."""
    if guess := nearest(word, known):
        return f"did you mean `{guess}`?"
    return "known are " + ", ".join(f"`{name}`" for name in sorted(known)) if known else ""


def _located(
    text: str, tree: object, positions: Positions, file: str, schema: type[object], at: Path
) -> LocatedError:
    if unknown := _UNKNOWN.match(text):
        path = _path(unknown[2], tree, schema, text)
        line = positions.line((*at, *path, unknown[1]))
        hint = did_you_mean(unknown[1], _fields_at(schema, path, tree))
        return LocatedError(file, line, f"unknown key `{unknown[1]}`; {hint}".rstrip("; "))
    found = _MESSAGE.match(text)
    assert found is not None
    path = _path(found[2], tree, schema, text)
    name = ".".join(str(part) for part in (*at, *path)) or "file"
    reason = found[1][:1].lower() + found[1][1:]
    return LocatedError(file, positions.line((*at, *path)), f"`{name}`: {reason}")


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
    """The key of the mapping at `path` that alone still gives `error`."""
    mapping = tree
    for part in path:
        mapping = _child(mapping, part)
    for key, value in mapping.items() if isinstance(mapping, dict) else ():
        try:
            msgspec.convert(_replaced(tree, path, {key: value}), schema)
        except msgspec.ValidationError as found:
            if str(found) == error:
                return str(key)
    return ""


def _replaced(tree: object, path: Path, value: object) -> object:
    """A copy of `tree` with `value` at `path`."""
    if not path:
        return value
    head, *rest = path
    if isinstance(tree, dict):
        return {**tree, head: _replaced(tree.get(head), tuple(rest), value)}
    assert isinstance(tree, list) and isinstance(head, int)
    return [*tree[:head], _replaced(tree[head], tuple(rest), value), *tree[head + 1 :]]


def _child(tree: object, part: str | int) -> object:
    if isinstance(tree, dict):
        return tree.get(part)
    if isinstance(tree, list) and isinstance(part, int) and part < len(tree):
        return tree[part]
    return None


def _fields_at(schema: object, path: Path, tree: object) -> list[str]:
    """The keys that `schema` knows at `path`; for a union, those of the tagged member."""
    kind = msgspec.inspect.type_info(schema)
    here = tree
    for part in path:
        kind = _descend(_member(kind, here), part)
        here = _child(here, part)
    kind = _member(kind, here)
    if isinstance(kind, msgspec.inspect.StructType):
        return [field.encode_name for field in kind.fields]
    return []


def _member(kind: msgspec.inspect.Type, tree: object) -> msgspec.inspect.Type:
    if not isinstance(kind, msgspec.inspect.UnionType):
        return kind
    structs = [t for t in kind.types if isinstance(t, msgspec.inspect.StructType)]
    for struct in structs:
        if isinstance(tree, dict) and tree.get(struct.tag_field or "") == struct.tag:
            return struct
    wanted = (msgspec.inspect.DictType, msgspec.inspect.ListType, msgspec.inspect.VarTupleType)
    containers = [t for t in kind.types if isinstance(t, wanted)]
    return structs[0] if structs else containers[0] if containers else kind


def _descend(kind: msgspec.inspect.Type, part: str | int) -> msgspec.inspect.Type:
    match kind:
        case msgspec.inspect.StructType():
            fields = {field.encode_name: field.type for field in kind.fields}
            return fields.get(str(part), msgspec.inspect.AnyType())
        case msgspec.inspect.DictType():
            return kind.value_type
        case msgspec.inspect.ListType() | msgspec.inspect.VarTupleType():
            return kind.item_type
        case _:
            return msgspec.inspect.AnyType()


def _in_utc(value: Any) -> Any:
    """Dates as midnight UTC; times without a zone are UTC (`docs/reference/agreements.md`)."""
    match value:
        case dict():
            return {key: _in_utc(item) for key, item in value.items()}
        case list():
            return [_in_utc(item) for item in value]
        case datetime():
            return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        case date():
            return datetime(value.year, value.month, value.day, tzinfo=UTC)
        case _:
            return value


def _parts(dotted: str) -> Path:
    return tuple(_unquote(part) for part in _PART.findall(dotted))


def _unquote(part: str) -> str:
    if part[:1] not in "\"'":
        return part
    return str(tomllib.loads(f"k = {part}")["k"])


def _open_quote(line: str, quote: str) -> str:
    """The triple quote that is open after `line`, given the one open before it."""
    at = 0
    while at < len(line):
        if quote:
            end = line.find(quote, at)
            if end < 0:
                return quote
            at, quote = end + 3, ""
            continue
        rest = line[at:]
        if rest.startswith(('"""', "'''")):
            quote = rest[:3]
            at += 3
        elif rest[0] in "\"'":
            found = _PART.match(rest)
            at += found.end() if found else len(rest)
        elif rest[0] == "#":
            return ""
        else:
            at += 1
    return quote
