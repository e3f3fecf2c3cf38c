"""The law of every codec, over recorded exchanges: a round trip in the same dialect loses nothing.

Bodies: equal JSON. Streams: equal sequences of (event name, JSON data), whole, byte by byte and at
seeded splits. `share` counts how much of the bodies travelled as unknown members.
"""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import msgspec

from detente.canonical.events import Event, Framed
from detente.canonical.extras import Extras, Obj
from detente.dialects.codec import Codec, Reply, StreamDecoder, Target


@dataclass
class Share:
    """Bytes of unknown members against bytes of bodies."""

    unknown: int = 0
    whole: int = 0
    names: dict[str, int] = field(default_factory=dict[str, int])

    def add(self, body: bytes, value: object) -> None:
        """Count one decoded body."""
        self.whole += len(body)
        for extras in extras_in(value):
            for name, member in extras.members.items():
                size = len(name) + len(msgspec.json.encode(member)) + 4
                self.unknown += size
                self.names[name] = self.names.get(name, 0) + size

    def __str__(self) -> str:
        top = sorted(self.names.items(), key=lambda pair: -pair[1])[:8]
        share = 100 * self.unknown / max(1, self.whole)
        return f"{share:.2f} % of {self.whole} bytes travel as unknown members; most: {top}"


def extras_in(value: Any) -> Iterator[Extras]:
    """Every `Extras` within a canonical value."""
    if isinstance(value, Extras):
        yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from extras_in(getattr(value, name))
    elif isinstance(value, tuple):
        for item in cast("tuple[Any, ...]", value):
            yield from extras_in(item)


def difference(before: Any, after: Any, path: str = "$") -> str | None:
    """Where two JSON values differ first, None where they do not; numbers by value."""
    if isinstance(before, dict) and isinstance(after, dict):
        return _members_differ(cast("Obj", before), cast("Obj", after), path)
    if isinstance(before, list) and isinstance(after, list):
        return _items_differ(cast("list[Any]", before), cast("list[Any]", after), path)
    if before != after or isinstance(before, bool) is not isinstance(after, bool):
        return f"{path}: {_shown(cast('object', before))} became {_shown(cast('object', after))}"
    return None


def _shown(value: object) -> str:
    return repr(str(value)[:60])


def _members_differ(before: Obj, after: Obj, path: str) -> str | None:
    for key in {**before, **after}:
        if key not in before or key not in after:
            return f"{path}.{key} {'appeared' if key in after else 'vanished'}"
        found = difference(before[key], after[key], f"{path}.{key}")
        if found:
            return found
    return None


def _items_differ(before: list[Any], after: list[Any], path: str) -> str | None:
    if len(before) != len(after):
        return f"{path} has {len(after)} items, not {len(before)}"
    for index, (one, other) in enumerate(zip(before, after, strict=True)):
        found = difference(one, other, f"{path}[{index}]")
        if found:
            return found
    return None


def request_difference(
    codec: Codec,
    body: bytes,
    share: Share,
    *,
    model: str | None = None,
    stream: bool | None = None,
    api_version: str | None = None,
) -> str | None:
    """What decoding and encoding a request changes, None where nothing."""
    request = codec.decode_request(body, model=model, stream=stream)
    share.add(body, request)
    target = Target(model=request.model, api_version=api_version)
    encoded = codec.encode_request(request, target)
    if encoded.losses:
        return f"lost {encoded.losses[0]}"
    return difference(json.loads(body), json.loads(encoded.body))


def response_difference(codec: Codec, body: bytes, share: Share) -> str | None:
    """What decoding and encoding an answer changes, None where nothing."""
    response = codec.decode_response(body)
    share.add(body, response)
    encoded = codec.encode_response(response, Reply())
    if encoded.losses:
        return f"lost {encoded.losses[0]}"
    return difference(json.loads(body), json.loads(encoded.body))


def events_of(decoder: StreamDecoder, pieces: Iterator[bytes]) -> list[Event]:
    """All events of a stream that comes in `pieces`."""
    events: list[Event] = []
    for piece in pieces:
        events += decoder.feed(piece)
    return events + decoder.close()


def splits(stream: bytes, seed: int) -> Iterator[bytes]:
    """`stream` in pieces of 1 to 400 bytes, by seed."""
    chance = random.Random(seed)
    start = 0
    while start < len(stream):
        size = chance.randint(1, chance.choice((3, 40, 400)))
        yield stream[start : start + size]
        start += size


def byte_by_byte(stream: bytes) -> Iterator[bytes]:
    """`stream` in pieces of one byte."""
    return (stream[index : index + 1] for index in range(len(stream)))


def stream_difference(
    codec: Codec,
    stream: bytes,
    share: Share,
    *,
    cut: Callable[[bytes], list[tuple[str, object]]],
) -> str | None:
    """What decoding and encoding a stream changes; `cut` gives its (name, JSON) events."""
    events = events_of(codec.stream_decoder(frames=True), iter((stream,)))
    share.whole += len(stream)
    for event in events:
        if isinstance(event, Framed):
            continue
        share.add(b"", event)
    encoder = codec.stream_encoder(Reply())
    encoded = encoder.feed(events)
    if encoder.losses:
        return f"lost {encoder.losses[0]}"
    before, after = cut(stream), cut(encoded)
    names = difference([name for name, _ in before], [name for name, _ in after], "names")
    return names or difference([data for _, data in before], [data for _, data in after])


def assert_splits_alike(codec: Codec, stream: bytes, *, seeds: int, bytewise: bool) -> None:
    """Every split of a stream decodes to the same events."""
    whole = events_of(codec.stream_decoder(), iter((stream,)))
    if bytewise:
        assert events_of(codec.stream_decoder(), byte_by_byte(stream)) == whole
    for seed in range(seeds):
        assert events_of(codec.stream_decoder(), splits(stream, seed)) == whole, seed
