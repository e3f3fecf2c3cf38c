"""Each member of a described type, said alone, with a plausible value that can be found again.

Texts are words that occur nowhere else and numbers are unlike any other, so that they can be looked
for in what another dialect was sent.

>>> [said.value for said in each_alone(Flag())]
[True, False]
"""

import base64
import json
import zlib
from collections.abc import Generator
from typing import Any, assert_never

import msgspec

from tests.pairs.asked_types import (
    Anything,
    Described,
    Either,
    Flag,
    Many,
    Members,
    Named,
    Number,
    OneOf,
    Words,
    members_of,
)

DEPTH_MAX = 9
WORD = "zq{}q"


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """`value` says `path`; `without` is the same but for that, None where it cannot be left out.

    `word` is what is said there: one of few words, or the name of an object of which only that is
    said which must be.
    """

    path: str
    value: Any
    without: Any = None
    word: str = "*"

    @property
    def name(self) -> str:
        """What is said, as a line of a table."""
        return f"{self.path}={self.word}"


def each_alone(kind: Described, path: str = "", within: tuple[str, ...] = ()) -> Generator[Said]:
    """Values of `kind`: the plainest first, then each member alone."""
    match kind:
        case Many(of=of):
            for one in each_alone(of, f"{path}[]", within):
                without = None if one.without is None else [one.without]
                yield msgspec.structs.replace(one, value=[one.value], without=without)
        case Named(of=of):
            name = WORD.format(_count(path + ".name"))
            for one in each_alone(of, f"{path}.*", within):
                without = None if one.without is None else {name: one.without}
                yield msgspec.structs.replace(one, value={name: one.value}, without=without)
        case Either(of=of):
            for one in of:
                yield from each_alone(one, path, within)
        case Members():
            if kind.name not in within and len(within) < DEPTH_MAX:
                yield from _members(kind, path, (*within, kind.name))
        case _:
            yield from _plain(kind, path)


def _plain(kind: Words | Number | Flag | OneOf | Anything, path: str) -> Generator[Said]:
    match kind:
        case Words(blob=blob):
            yield Said(path=path, value=_words(path, blob=blob))
        case Number(whole=whole):
            yield Said(path=path, value=_number(path, whole=whole))
        case Flag():
            yield Said(path=path, value=True, word="true")
            yield Said(path=path, value=False, word="false")
        case OneOf(values=values):
            for value in values:
                yield Said(path=path, value=value, word=str(value))
        case Anything():
            yield Said(path=path, value=_anything(path))
        case _:
            assert_never(kind)


def _members(kind: Members, path: str, within: tuple[str, ...]) -> Generator[Said]:
    members = members_of(kind)
    needed: dict[str, Any] = {}
    for name, (of, must) in members.items():
        if must:
            first = next(each_alone(of, f"{path}.{name}", within), None)
            if first is None:
                return
            needed[name] = first.value
    if not kind.union:
        yield Said(path=path, value=dict(needed), word=kind.name)
    for name, (of, must) in members.items():
        values = each_alone(of, f"{path}.{name}", within)
        for at, one in enumerate(values):
            if must and at == 0:
                continue
            without = None if must or kind.union else needed
            if one.without is not None:
                without = {**needed, name: one.without}
            yield Said(
                path=one.path,
                value={**needed, name: one.value},
                without=without,
                word=one.word,
            )


def _count(path: str) -> int:
    """A number for a path, the same each time."""
    return 1_000 + zlib.crc32(path.encode()) % 1_000_000


def _words(path: str, *, blob: bool) -> str:
    name = path.replace("[]", "").replace(".*", "").rpartition(".")[2].lower()
    word = WORD.format(_count(path))
    if blob or name in ("data", "file_data", "b64_json"):
        return base64.b64encode(word.encode() * 3).decode()
    if name.endswith(("url", "uri")):
        return f"https://example.com/{word}.png"
    if "mime" in name or name == "media_type":
        return "image/png"
    if name == "arguments":
        return json.dumps({word: 1})
    return word


def _number(path: str, *, whole: bool) -> float:
    name = path.rpartition(".")[2].lower()
    count = _count(path)
    if not whole:
        return round(0.1 + count % 7_919 / 10_000, 4)
    if name == "n" or "count" in name:
        return 2
    return 10_000 + count


def _anything(path: str) -> Any:
    return {"type": "object", "properties": {WORD.format(_count(path)): {"type": "string"}}}
