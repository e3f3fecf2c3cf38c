"""Two spellings of one member: `mimeType` and `mime_type` are the same to Google's platforms.

Decoders read camel case, and remember as marks which members an object had in snake case; encoders
of the same dialect write those as they came. What users wrote (schemas, arguments, results) is
never respelt.

>>> camelled({"mime_type": "image/png"}, frozenset(("data", "mimeType")))
({'mimeType': 'image/png'}, ('mime_type',))
"""

import re
from typing import Final

from detente.canonical.extras import Extras, Obj
from detente.dialects.gemini_generate import words

_HUMP: Final = re.compile(r"[A-Z]")
_CAMEL: Final = {
    _HUMP.sub(lambda found: "_" + found[0].lower(), name): name
    for names in (
        words.REQUEST,
        words.CONFIG,
        words.THINKING,
        words.TOOL_CONFIG,
        words.CALLING,
        words.TOOL,
        words.DECLARATION,
        words.DECLARATION_NATIVE,
        words.PART,
        words.BLOB,
        words.FILE,
        words.RESULT_NATIVE,
    )
    for name in names
    if _HUMP.search(name)
}


def camelled(source: Obj, known: frozenset[str]) -> tuple[Obj, tuple[str, ...]]:
    """`source` with the members of `known` in camel case, and those that were in snake case."""
    if source.keys() <= known:
        return source, ()
    snakes: list[str] = []
    out: Obj = {}
    for key, value in source.items():
        name = _CAMEL.get(key) if key not in known else None
        if name is not None and name in known and name not in source:
            snakes.append(key)
            out[name] = value
        else:
            out[key] = value
    return out, tuple(snakes)


def respelt(target: Obj, extras: Extras | None) -> Obj:
    """`target` with the members in snake case that the marks of `extras` name."""
    if extras is None or not extras.marks or extras.dialect != words.NAME:
        return target
    snakes = {_CAMEL[mark]: mark for mark in extras.marks if mark in _CAMEL}
    if not snakes or snakes.keys().isdisjoint(target):
        return target
    return {snakes.get(key, key): value for key, value in target.items()}


def snake_of(name: str) -> str:
    """A member's name in snake case."""
    return _HUMP.sub(lambda found: "_" + found[0].lower(), name)
