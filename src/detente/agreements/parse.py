"""Agreement files into one `AgreementSet`, with every error located.

Takes bytes and names; opens no file. What crosses clauses and files (names, dates that have to
fit each other) is checked in `crossing`; contradictions between agreements are not errors here.

>>> load([("a.toml", b'id = "a"')])
Traceback (most recent call last):
detente.configuration.located.LocatedErrors: a.toml:1: missing key `recorded_at`; ...
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any, Final, TypeVar, cast

import msgspec
import rfc8785
from msgspec.structs import FieldInfo, fields

from detente.agreements.agreement import Agreement, AgreementSet, Place
from detente.agreements.clause import At, Clause
from detente.agreements.clauses import CLAUSE_TYPES
from detente.agreements.crossing import Source, crossing_errors
from detente.agreements.moment import Moment
from detente.agreements.scope import Id, Scope, Word, words
from detente.configuration.located import (
    LocatedError,
    LocatedErrors,
    Path,
    Positions,
    convert,
    did_you_mean,
    parse_toml,
)

T = TypeVar("T")

_FAILED_KEY: Final = re.compile(r" at `\$\.([A-Za-z0-9_-]+)")
"""Where `msgspec` says that a value does not fit: the outermost key."""

_TYPES: Final = {str(kind.__struct_config__.tag): kind for kind in CLAUSE_TYPES}


class Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of an agreement file, clauses apart."""

    id: Id
    recorded_at: At
    title: str | None = None
    parties: tuple[str, ...] = ()
    supersedes: Word | tuple[Word, ...] | None = None
    from_: Moment | None = msgspec.field(name="from", default=None)
    until: Moment | None = None
    source: str | None = None
    clause: tuple[Any, ...] = ()


_Shapes = dict[type[Any], dict[str, FieldInfo]]


class _Reading:
    """One file while it is read: its tree, its positions and what is wrong with it."""

    def __init__(
        self, file: str, tree: dict[str, object], positions: Positions, shapes: _Shapes
    ) -> None:
        self.file, self.tree, self.positions = file, tree, positions
        self.errors: list[LocatedError] = []
        self._shapes = shapes

    def wrong(self, path: Path, message: str) -> None:
        self.errors.append(LocatedError(self.file, self.positions.line(path), message))

    def fields_of(self, kind: type[Any]) -> dict[str, FieldInfo]:
        """The keys of a struct, worked out once: that takes longer than reading a clause."""
        known = self._shapes.get(kind)
        if known is None:
            known = {field.encode_name: field for field in fields(kind)}
            self._shapes[kind] = known
        return known


def load(files: Sequence[tuple[str, bytes]]) -> AgreementSet:
    """The agreements that `files` (name, content) hold; their order does not matter.

    Raises `LocatedErrors` with everything that is wrong in any of them.
    """
    errors: list[LocatedError] = []
    sources: list[Source] = []
    shapes: _Shapes = {}
    for file, data in files:
        try:
            reading = _Reading(file, *parse_toml(data, file), shapes)
        except LocatedErrors as found:
            errors.extend(found.errors)
            continue
        source = _source(reading)
        errors.extend(reading.errors)
        if source is not None:
            sources.append(source)
    errors.extend(crossing_errors(sources, complete=len(sources) == len(files)))
    if errors:
        raise LocatedErrors(errors)
    return _set(sources)


def fingerprint(tree: dict[str, object]) -> str:
    """The SHA-256 of a parsed agreement's RFC 8785 canonical JSON, dates as UTC text."""
    return hashlib.sha256(rfc8785.dumps(_json(tree))).hexdigest()


def _source(reading: _Reading) -> Source | None:
    """The agreement of one file, or None where its head cannot be read."""
    known = _read(reading, reading.tree, Head, ())
    raw = reading.tree.get("clause")
    items = cast("list[object]", raw) if isinstance(raw, list) else []
    clauses = [_clause(reading, item, ("clause", i)) for i, item in enumerate(items)]
    if known is None:
        return None
    agreement = Agreement(
        id=known.id,
        title=known.title,
        parties=known.parties,
        supersedes=words(known.supersedes),
        from_=known.from_,
        until=known.until,
        recorded_at=known.recorded_at,
        source=known.source,
    )
    return Source(
        file=reading.file,
        positions=reading.positions,
        agreement=agreement,
        clauses=tuple(
            (("clause", i), clause) for i, clause in enumerate(clauses) if clause is not None
        ),
        named=frozenset(str(table["id"]) for item in items if "id" in (table := _table(item))),
        fingerprint=_fingerprint(reading),
    )


def _fingerprint(reading: _Reading) -> str:
    """Empty where there is an error: what a file may not say may have no canonical JSON either."""
    if reading.errors:
        return ""
    try:
        return fingerprint(reading.tree)
    except rfc8785.CanonicalizationError:
        problem = "a number here is infinite, not a number, or too large; correct it"
        reading.wrong((), problem)
        return ""


def _clause(reading: _Reading, item: object, at: Path) -> Clause | None:
    """One clause as written: its id is still the file's own."""
    tree = _table(item)
    if not tree:
        reading.wrong(at, "`clause` is not a table; write it as `[[clause]]`")
        return None
    name = tree.get("type")
    kind = _TYPES.get(name) if isinstance(name, str) else None
    if kind is None:
        hint = did_you_mean(str(name), list(_TYPES))
        problem = f"unknown clause type `{name}`; {hint}" if name is not None else _no_type()
        reading.wrong((*at, "type"), problem)
        return None
    return _read(reading, tree, kind, at, extra=("type",))


def _no_type() -> str:
    return "missing key `type`; known are " + ", ".join(f"`{name}`" for name in sorted(_TYPES))


def _read(
    reading: _Reading, tree: dict[str, object], kind: type[T], at: Path, extra: tuple[str, ...] = ()
) -> T | None:
    """`tree` as `kind`, field by field, so that every error is told and not only the first."""
    before = len(reading.errors)
    known = reading.fields_of(kind)
    for key in tree.keys() - known.keys() - set(extra):
        hint = did_you_mean(key, list(known))
        reading.wrong((*at, key), f"unknown key `{key}`; {hint}")
    for name, field in known.items():
        if name not in tree and field.required:
            what = f"a `{tree['type']}`" if "type" in tree else "an agreement"
            reading.wrong(at, f"missing key `{name}`; {what} needs it")
    if "scope" in known and (scope := _table(tree.get("scope"))):
        _read(reading, scope, Scope, (*at, "scope"))
    kept = {key: tree[key] for key in tree if key in known or key in extra}
    value = _convert_all(reading, kept, kind, at)
    return value if len(reading.errors) == before else None


def _convert_all(reading: _Reading, tree: dict[str, object], kind: type[T], at: Path) -> T | None:
    """`tree` as `kind`; a key that does not fit is told, left out, and the rest tried again."""
    told = {(error.line, error.message) for error in reading.errors}
    for _ in range(len(tree) + 1):
        try:
            return msgspec.convert(tree, kind)
        except msgspec.ValidationError as error:
            key = _FAILED_KEY.search(str(error))
            if key is None or key[1] not in tree:
                return None  # a required key is missing, which was told before
        try:
            convert(tree, reading.positions, reading.file, kind, at)
        except LocatedErrors as found:
            new = [e for e in found.errors if (e.line, e.message) not in told]
            reading.errors.extend(new)
        del tree[key[1]]
    return None


def _set(sources: list[Source]) -> AgreementSet:
    """The set, in the one order that does not depend on files."""
    clauses: list[Clause] = []
    places: dict[str, Place] = {}
    for source in sources:
        places[source.agreement.id] = Place(file=source.file, line=1)
        for path, clause in source.clauses:
            resolved = source.resolved(clause)
            clauses.append(resolved)
            places[resolved.id] = Place(file=source.file, line=source.positions.line(path))
    return AgreementSet(
        agreements=tuple(sorted((s.agreement for s in sources), key=lambda a: a.id)),
        clauses=tuple(sorted(clauses, key=lambda c: c.id)),
        fingerprints=tuple(sorted((s.agreement.id, s.fingerprint) for s in sources)),
        places=places,
    )


def _json(value: object) -> Any:
    """A TOML value as JSON: dates are UTC text, whole or with microseconds."""
    if isinstance(value, dict | list):
        items = cast("list[object] | dict[str, object]", value)
        if isinstance(items, dict):
            return {key: _json(item) for key, item in items.items()}
        return [_json(item) for item in items]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, time) else value


def _table(value: object) -> dict[str, object]:
    """A TOML table; empty where the value is none."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}
