"""A block of a stream that is given whole when it ends: what the platform itself called and got,
and images.

>>> gathered = Gathered({"image": {"format": "png"}}, bytes_max=100)
>>> gathered.add({"image": {"source": {"bytes": "aGk="}}})
>>> gathered.part().source.data
'aGk='
"""

import base64
import binascii
from typing import Final

import msgspec

from detente.canonical.content import Inline, Media, Native, Part
from detente.canonical.extras import Json, Obj
from detente.canonical.failure import ProviderFault
from detente.dialects._codec.fields import Misfit, read_json
from detente.dialects.bedrock_converse.words import DIALECT, IMAGES

_ENCODE: Final = msgspec.json.Encoder().encode


class Gathered:
    """What came of one block so far, at most `bytes_max` of it."""

    __slots__ = ("_bytes", "_bytes_max", "_deltas", "_start")

    def __init__(self, start: Obj, *, bytes_max: int) -> None:
        self._start = start
        self._deltas: list[Obj] = []
        self._bytes = 0
        self._bytes_max = bytes_max

    def add(self, delta: Obj) -> None:
        """One more delta; raises `ProviderFault` where the block is too long."""
        self._bytes += len(_ENCODE(delta))
        if self._bytes > self._bytes_max:
            raise ProviderFault(
                "upstream_failed",
                f"the provider sent a block of more than {self._bytes_max} bytes;"
                " raise `stream_event_bytes_max` if it is genuine",
            )
        self._deltas.append(delta)

    def part(self) -> Part:
        """The block as it would stand in a whole answer."""
        name = next(iter(self._start), "block")
        inner = self._start.get(name)
        head: Obj = dict(inner) if type(inner) is dict else {}
        if name == "image":
            image = self._image(head)
            if image is not None:
                return image
        elif name == "toolUse":
            head["input"] = _input("".join(self._inputs()))
        elif name == "toolResult":
            head["content"] = self._results()
        else:
            head["deltas"] = list[Json](self._deltas)
        return Native(dialect=DIALECT, name=name, value={name: head})

    def _inputs(self) -> list[str]:
        pieces: list[str] = []
        for delta in self._deltas:
            call = delta.get("toolUse")
            piece = call.get("input") if type(call) is dict else None
            if type(piece) is str:
                pieces.append(piece)
        return pieces

    def _results(self) -> list[Json]:
        found: list[Json] = []
        for delta in self._deltas:
            pieces = delta.get("toolResult")
            if type(pieces) is list:
                found += pieces
        return found

    def _image(self, head: Obj) -> Media | None:
        """The image of several pieces, None where one of them is none."""
        pieces: list[bytes] = []
        for delta in self._deltas:
            image = delta.get("image")
            source = image.get("source") if type(image) is dict else None
            piece = source.get("bytes") if type(source) is dict else None
            if type(piece) is not str:
                return None
            try:
                pieces.append(base64.b64decode(piece, validate=True))
            except (binascii.Error, ValueError):
                return None
        format_ = head.get("format")
        media_type = IMAGES.get(format_) if type(format_) is str else None
        if media_type is None or not pieces:
            return None
        data = base64.b64encode(b"".join(pieces)).decode()
        return Media(kind="image", source=Inline(media_type=media_type, data=data))


def _input(told: str) -> Json:
    if not told:
        return {}
    try:
        return read_json(told)
    except Misfit:
        return told
