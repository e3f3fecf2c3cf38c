"""A recorded answer as the gateway's translation lane would give it to a client, in process.

The client's request is a simple one in its own dialect; the bytes are what it would be sent.
"""

import json
from collections.abc import Iterable

from detente.canonical.model import Dialect
from detente.dialects import codec_of
from detente.dialects.codec import Codec, Reply, Target
from detente.dialects.translation import Outgoing, Translation
from tests.pairs.recordings import Recording

ASKED: dict[Dialect, dict[str, object]] = {
    "openai_chat": {
        "model": "m",
        "messages": [{"role": "user", "content": "hi"}],
        "stream_options": {"include_usage": True},
    },
    "openai_responses": {"model": "m", "input": "hi"},
    "anthropic_messages": {
        "model": "m",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": "hi"}],
    },
    "gemini_generate": {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]},
    "bedrock_converse": {"messages": [{"role": "user", "content": [{"text": "hi"}]}]},
}
IN_PATH = ("gemini_generate", "bedrock_converse")


def codec(dialect: Dialect) -> Codec:
    """The codec of one of the five."""
    found = codec_of(dialect)
    assert found is not None
    return found


def _out(recording: Recording, client: Dialect, *, stream: bool) -> tuple[Outgoing, Reply]:
    body = dict(ASKED[client])
    if client not in IN_PATH:
        body["stream"] = stream
    told = stream if client in IN_PATH else None
    asked = Translation(codec(client), json.dumps(body).encode(), model="m", stream=told)
    out = asked.encoded_for(recording.codec, Target(model="m"))
    return out, Reply(request=asked.request, request_id="req_1", now_s=7)


def answered(recording: Recording, client: Dialect, *, stream: bool) -> bytes:
    """A whole answer, as what the client is sent: whole, or streamed where it asked for that."""
    out, reply = _out(recording, client, stream=stream)
    return out.answer(recording.body, reply).body


def streamed(recording: Recording, client: Dialect, pieces: Iterable[bytes]) -> bytes:
    """A streamed answer that comes in `pieces`, as the stream that the client is sent."""
    out, reply = _out(recording, client, stream=True)
    tap = out.tap(reply)
    written = b"".join([tap.feed(piece) for piece in pieces]) + tap.close()
    assert tap.complete, "the stream has not ended by its own end"
    return written
