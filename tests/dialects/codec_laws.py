"""Laws of every codec of conversations that need no recordings: nothing breaks it.

`survives` feeds bytes to all decoders of a codec and what comes out to all its encoders;
`from_elsewhere` gives canonical requests as other dialects' clients make them.
"""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
from hypothesis import strategies as st

from detente.canonical.events import Ended, Event
from detente.canonical.extras import Obj
from detente.canonical.failure import ClientFault, ProviderFault
from detente.canonical.request import Request
from detente.dialects.codec import Codec, Reply, Target

REPLY = Reply(request=Request(model="asked", turns=()), request_id="r1", now_s=1)


def json_values(names: list[str], words: list[str]) -> st.SearchStrategy[Any]:
    """JSON made of a dialect's own names and words, and of others."""
    leaves = (
        st.none()
        | st.booleans()
        | st.integers(-5, 5)
        | st.integers()
        | st.floats()
        | st.sampled_from(words)
        | st.text(max_size=6)
    )
    return st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from(names) | st.text(max_size=4), inner, max_size=6)
        ),
        max_leaves=25,
    )


def paths_of(wire: Any) -> list[tuple[Any, Any]]:
    """Every place in a JSON value, as its container and key."""
    found: list[tuple[Any, Any]] = []
    if isinstance(wire, dict):
        for key, value in wire.items():  # pyright: ignore[reportUnknownVariableType] - any JSON
            found += [(wire, key), *paths_of(value)]
    elif isinstance(wire, list):
        for index, value in enumerate(wire):  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType] - any JSON
            found += [(wire, index), *paths_of(value)]
    return found


def mutated(seed: bytes, at: int, value: Any) -> bytes:
    """`seed` with another value in one of its places."""
    wire = json.loads(seed)
    places = paths_of(wire)
    if places:
        container, key = places[at % len(places)]
        container[key] = value
    return json.dumps(wire).encode()


def survives(codec: Codec, body: bytes) -> None:
    """`body` as a request, an answer, an error and a stream."""
    codec.read_error(body)
    try:
        request = codec.decode_request(body, model="m", stream=None)
    except ClientFault:
        pass
    else:
        json.loads(codec.encode_request(request, Target(model="m")).body)
        abroad = msgspec.structs.replace(request, origin="gemini_generate")
        json.loads(codec.encode_request(abroad, Target(model="m")).body)
    try:
        response = codec.decode_response(body)
    except ProviderFault:
        pass
    else:
        json.loads(codec.encode_response(response, REPLY).body)
    streams(codec, body)


def streams(codec: Codec, stream: bytes) -> list[Event]:
    """The events of a stream, none where it is at fault; each encoder takes them."""
    events: list[Event] = []
    for frames in (False, True):
        decoder = codec.stream_decoder(frames=frames)
        events = []
        try:
            events += decoder.feed(stream)
            events += decoder.close()
        except ProviderFault:
            return []
        codec.stream_encoder(REPLY).feed(events)
    return [event for event in events if not isinstance(event, Ended)]


def objects_within(wire: Obj) -> Iterator[Obj]:
    """Every object within a JSON object, itself included."""
    yield wire
    for container, key in paths_of(wire):
        value = container[key]
        if isinstance(value, dict):
            yield value  # pyright: ignore[reportUnknownVariableType] - any JSON
