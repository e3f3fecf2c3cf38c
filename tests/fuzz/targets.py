"""What is fuzzed: functions of bytes that raise only where a law is broken.

Each law is stated where it is checked. `TARGETS` are all of them by name.

>>> TARGETS["openai_chat request"](b"no JSON")
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from detente.canonical.failure import ClientFault, ProviderFault
from detente.dialects import DIALECTS, EMBEDDING_CODECS
from detente.dialects.codec import Codec, Reply, Target
from detente.dialects.embedding_codec import EmbeddingCodec, EmbeddingReply
from detente.dialects.routes import match_route, methods_of
from detente.dialects.spec import Spec
from tests.fuzz import bytewise, detecting, lanes
from tests.fuzz.lanes import CODECS, reads

Law = Callable[[bytes], None]

_REPLY: Final = Reply(request_id="req_fuzz", now_s=1)


def embedding_request(client: EmbeddingCodec, data: bytes) -> None:
    """A request for embeddings can be written in every dialect."""
    try:
        request = client.decode_request(data, model="m")
    except ClientFault:
        return
    for upstream in EMBEDDING_CODECS:
        reads(upstream.encode_request(request, Target(model="m")).body)


def embedding_response(upstream: EmbeddingCodec, data: bytes) -> None:
    """Embeddings can be written in every dialect, and errors be read."""
    upstream.read_error(data)
    try:
        response = upstream.decode_response(data)
    except ProviderFault:
        return
    for client in EMBEDDING_CODECS:
        reads(client.encode_response(response, EmbeddingReply(request_id="r")).body)


def passing_request(spec: Spec, data: bytes) -> None:
    """The head of a request is read; where it is, an edited body names the other model."""
    try:
        head = spec.read_request(data)
        edited = spec.edit_request(data, head, model="another")
    except ClientFault:
        return
    json.loads(edited)  # numbers that nobody can hold pass as they came
    if b'"another"' in edited and b'"another"' not in data:
        assert spec.read_request(edited).model == "another"


def passing_answer(spec: Spec, data: bytes) -> None:
    """Usage is read or not; a tap forwards all that it does not hide, however it is split."""
    spec.read_usage(data)
    head = lanes.HEAD
    whole = lanes.tapped(spec.tap(head), [data])
    assert lanes.tapped(spec.tap(head), lanes.pieces(data)) == whole


def path(data: bytes) -> None:
    """A path is known or it is not, or asks for what cannot be."""
    try:
        for method in (b"GET", b"POST"):
            match_route(method, data)
        methods_of(data)
    except ClientFault:
        pass


def _conversations(codec: Codec) -> Mapping[str, Law]:
    return {
        f"{codec.name} request": partial(lanes.request, codec),
        f"{codec.name} response": partial(lanes.response, codec),
        f"{codec.name} stream": partial(lanes.stream, codec),
    }


def _embeddings(codec: EmbeddingCodec) -> Mapping[str, Law]:
    return {
        f"{codec.name} request": partial(embedding_request, codec),
        f"{codec.name} response": partial(embedding_response, codec),
    }


def _passing(spec: Spec) -> Mapping[str, Law]:
    return {
        f"{spec.name} passing request": partial(passing_request, spec),
        f"{spec.name} passing answer": partial(passing_answer, spec),
    }


def _all() -> Mapping[str, Law]:
    found: dict[str, Law] = {}
    for codec in CODECS:
        found.update(_conversations(codec))
    for embeddings in EMBEDDING_CODECS:
        found.update(_embeddings(embeddings))
    for spec in DIALECTS:
        found.update(_passing(spec))
    return {**found, **bytewise.LAWS, **detecting.LAWS, "path": path}


TARGETS: Final = _all()


def seed_of(name: str) -> int:
    """A number that is always the same for a target."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4])
