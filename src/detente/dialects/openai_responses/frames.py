"""Wire events of this dialect on their way to a client of this dialect: as they came, with the text
that the canonical events say now.

A text stands in a stream up to five times (deltas, `done`, its part, its item, the response). If
the deltas were changed on the way, the later places are changed alike.

>>> frames = Frames()
>>> frames.write("", {"type": "keepalive"}, None)
b'data: {"type":"keepalive"}\\n\\n'
"""

from typing import Final

import msgspec

from detente.canonical.extras import Json, Obj

_ENCODE: Final = msgspec.json.Encoder().encode

_SLOTS: Final = {
    "response.output_text": ("content", "content_index", "text"),
    "response.refusal": ("content", "content_index", "refusal"),
    "response.reasoning_text": ("content", "content_index", "text"),
    "response.reasoning_summary_text": ("summary", "summary_index", "text"),
    "response.function_call_arguments": ("arguments", "", "arguments"),
    "response.custom_tool_call_input": ("input", "", "input"),
}
"""Events of texts: the member of the item, the index within it, the text's name when done."""

_PARTS: Final = {
    "response.content_part.done": ("content", "content_index"),
    "response.reasoning_summary_part.done": ("summary", "summary_index"),
}

Key = tuple[int, str, int]


class Frames:
    """See the module; one for each stream."""

    __slots__ = ("_changed", "_told")

    def __init__(self) -> None:
        self._told: dict[Key, list[str]] = {}
        self._changed = False

    def write(self, name: str, members: Obj, said: str | None) -> bytes:
        """One wire event; `said` is the text of the deltas that followed it, None where there were
        none."""
        kind = members.get("type")
        if type(kind) is str:
            stem, _, end = kind.rpartition(".")
            slot = _SLOTS.get(stem)
            if slot is not None:
                members = self._with_text(members, slot, end, said)
            elif self._changed:
                members = self._with_texts(kind, members)
        data = _ENCODE(members)
        if name:
            return b"event: " + name.encode("utf-8", "replace") + b"\ndata: " + data + b"\n\n"
        return b"data: " + data + b"\n\n"

    def _with_text(
        self, members: Obj, slot: tuple[str, str, str], end: str, said: str | None
    ) -> Obj:
        """A delta, or the whole text when it is done."""
        where, index, name = slot
        key = (_place(members, "output_index"), where, _place(members, index))
        if said is not None:
            self._told.setdefault(key, []).append(said)
        if end == "delta":
            if said is None or members.get("delta") == said:
                return members
            self._changed = True
            return {**members, "delta": said}
        if not self._changed and said is None:
            return members
        told = self._text_at(key)
        if told is None or members.get(name) == told:
            return members
        self._changed = True
        return {**members, name: told}

    def _text_at(self, key: Key) -> str | None:
        pieces = self._told.get(key)
        if pieces is None:
            return None
        if len(pieces) > 1:
            pieces[:] = ["".join(pieces)]
        return pieces[0]

    def _with_texts(self, kind: str, members: Obj) -> Obj:
        """A part, an item or the response, with the texts that were told."""
        at = _place(members, "output_index")
        if kind in _PARTS:
            where, index = _PARTS[kind]
            part = self._part(members.get("part"), (at, where, _place(members, index)))
            return {**members, "part": part}
        if kind == "response.output_item.done":
            return {**members, "item": self._item(members.get("item"), at)}
        response = members.get("response")
        if type(response) is not dict or type(response.get("output")) is not list:
            return members
        output = response["output"]
        told = [self._item(item, place) for place, item in enumerate(_list(output))]
        return {**members, "response": {**response, "output": told}}

    def _item(self, item: Json, at: int) -> Json:
        if type(item) is not dict:
            return item
        told = dict(item)
        for name in ("arguments", "input"):
            whole = self._text_at((at, name, 0))
            if whole is not None and name in item:
                told[name] = whole
        for name in ("content", "summary"):
            if type(item.get(name)) is list:
                told[name] = [
                    self._part(part, (at, name, place))
                    for place, part in enumerate(_list(item[name]))
                ]
        return told

    def _part(self, part: Json, key: Key) -> Json:
        told = self._text_at(key)
        if told is None or type(part) is not dict:
            return part
        return {**part, "refusal" if part.get("type") == "refusal" else "text": told}


def _place(members: Obj, name: str) -> int:
    value = members.get(name)
    return value if type(value) is int else 0


def _list(value: Json) -> list[Json]:
    return value if type(value) is list else []
