"""What a fuzzer begins with: valid bodies and streams of every dialect.

Samples of every feature as the codecs write them, and, where the recordings are, some of what the
real platforms said. Example: `seeds("openai_chat stream")`.
"""

import base64
import gzip
import json
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from detente.canonical.content import (
    Citation,
    Inline,
    Media,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    TokenLogprob,
    ToolCall,
)
from detente.canonical.extras import Extras
from detente.canonical.response import Choice, ContentFilter, Response
from detente.canonical.usage import Usage
from detente.dialects._framing.aws_events import aws_event
from detente.dialects._translation.samples import PIXEL, REQUESTS
from detente.dialects._translation.whole import events_of
from detente.dialects.codec import Codec
from tests.conftest import recorded_folder
from tests.fuzz import detecting
from tests.fuzz.lanes import CODECS, TARGET, reply

SEED_BYTES_MAX: Final = 6_000
"""Longer bodies are slow to mutate and say little more."""
RECORDED_MAX: Final = 40
"""Of each kind, spread over the file."""
FILES: Final = {
    "openai_chat": "openai-chat",
    "openai_responses": "openai-responses",
    "openai_completions": "openai-completions",
    "anthropic_messages": "anthropic-messages",
    "gemini_generate": "gemini-generate",
    "bedrock_converse": "bedrock-converse",
    "cohere_chat": "cohere-chat",
    "ollama_chat": "ollama",
    "openai_embeddings": "embeddings",
    "bedrock_embeddings": "bedrock-invoke",
    "cohere_embeddings": "embeddings",
    "gemini_embeddings": "gemini-aux",
    "gemini_count_tokens": "gemini-aux",
    "anthropic_count_tokens": "anthropic-count-tokens",
    "ollama_embeddings": "ollama",
}
"""Where a dialect's recordings are; a file may hold those of others, which are seeds as well."""

_STATE: Final = Opaque(origin="gemini_generate", value="c2lnbmF0dXJl")
_PARTS: Final[tuple[Part, ...]] = (
    Reasoning(text="Let me think.", summary=("Thought",), state=_STATE, id="rs_1"),
    Text(
        text="Paris, café \U0001f600",
        citations=(
            Citation(kind="url", url="https://example.com", title="A page", start=0, end=5),
            Citation(kind="document", quote="Paris", source_index=0, source_start=1, source_end=2),
        ),
        logprobs=(TokenLogprob(token="Paris", logprob=-0.1, bytes=(80,)),),
        extras=Extras(dialect="openai_chat", members={"new": [1]}),
    ),
    Media(kind="image", source=Inline(media_type="image/png", data=PIXEL)),
    ToolCall(id="call_1", name="weather", arguments='{"city":"Paris"}', state=_STATE),
    ToolCall(id="call_2", name="weather", arguments='{"city":"Rome"}'),
)
_USAGE: Final = Usage(
    uncached_input_tokens=20,
    cache_read_tokens=10,
    cache_write_5m_tokens=3,
    visible_output_tokens=7,
    reasoning_output_tokens=5,
)
RESPONSES: Final = (
    Response(id="r", model="m", choices=(Choice(parts=_PARTS, stop="tool_calls"),), usage=_USAGE),
    Response(
        id="r",
        model="m",
        choices=(
            Choice(parts=(Refusal(text="I will not"),), stop="refusal", stop_detail="cyber"),
            Choice(index=1, parts=(Text(text="b"),), stop="stop_sequence", stop_sequence="x"),
        ),
        filters=(
            ContentFilter(
                dialect="openai_chat", stage="input", name="prompt_filter_results", value=[]
            ),
        ),
        usage=_USAGE,
        created_s=1,
    ),
)


@cache
def seeds(target: str) -> tuple[bytes, ...]:
    """Valid inputs of one of `TARGETS`, none empty."""
    dialect, _, kind = target.partition(" ")
    found = [*_written(dialect, kind), *_recorded(dialect, kind), *_OTHERS.get(target, ())]
    small = [seed for seed in found if 0 < len(seed) <= SEED_BYTES_MAX]
    return tuple(dict.fromkeys(small)) or (b"{}",)


def _written(dialect: str, kind: str) -> Iterator[bytes]:
    for codec in CODECS:
        if codec.name == dialect:
            yield from _written_by(codec, kind)


def _written_by(codec: Codec, kind: str) -> Iterator[bytes]:
    if kind in ("request", "passing request"):
        for request in REQUESTS.values():
            yield codec.encode_request(request, TARGET).body
        return
    asked = reply(REQUESTS["choices"])
    for response in RESPONSES:
        if kind == "response":
            yield codec.encode_response(response, asked).body
        else:
            yield codec.stream_encoder(asked).feed(events_of(response))


def _recorded(dialect: str, kind: str) -> list[bytes]:
    path = recorded_folder() / f"{FILES.get(dialect)}.jsonl.gz"
    if not path.is_file():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    found = [body for row in rows if 0 < len(body := _body(row, kind)) <= SEED_BYTES_MAX]
    return found[:: max(1, len(found) // RECORDED_MAX)]


def _body(row: dict[str, Any], kind: str) -> bytes:
    """What a recorded exchange has for a kind of target; empty where it has none."""
    if "request" in kind:
        return str(row["request"].get("text", "")).encode()
    if row["stream"] != (kind == "stream") and kind != "passing answer":
        return b""
    answer = row["response"]
    if "base64" in answer:
        return base64.b64decode(answer["base64"])
    return str(answer["text"]).encode()


_SIGNED: Final = (
    b"AWS4-HMAC-SHA256 Credential=AKID/20261121/us-east-1/bedrock/aws4_request, "
    b"SignedHeaders=host;x-amz-date, Signature=" + b"0" * 64
)
_OTHERS: Final[dict[str, tuple[bytes, ...]]] = {
    **dict.fromkeys(detecting.LAWS, detecting.SEEDS),
    "events": (b"event: a\ndata: {}\n\n: ping\r\n\r\ndata: 1\ndata: 2\n\n",),
    "lines": (b'{"a":1}\n\n{"b":2}\r\n',),
    "frames": (
        aws_event({":event-type": "messageStop", ":message-type": "event"}, b'{"a":1}') * 2,
    ),
    "invoke request": (
        b'{"anthropic_version":"bedrock-2023-05-31","max_tokens":8,"messages":[]}',
        b'{"model":"m","messages":[],"stream":true,"anthropic_beta":["a"]}',
    ),
    "invoke stream": (
        b'event: message_start\ndata: {"type":"message_start"}\n\ndata: [DONE]\n\n',
        aws_event({":event-type": "chunk", ":message-type": "event"}, b'{"bytes":"eyJhIjoxfQ=="}'),
    ),
    "blobs": (
        b'{"url":"data:image/png;base64,~","data":"~","x":"-~_"}',
        b'{"inlineData":{"mimeType":"image/png","data":"~-"}}',
    ),
    "signature": (_SIGNED + b"\n20261121T120000Z\n/model/a%3A0/converse?b=1",),
    "key": (b"Bearer sk-1\n\n\n\n\n/v1?key=sk-1", _SIGNED + b"\n\n\n\n\n/"),
    "error": (b'{"error":{"message":"no","code":"x"}}', b'{"__type":"x","message":"no"}'),
    "path": (
        b"/v1/chat/completions",
        b"/v1beta/models/gemini-x:streamGenerateContent?alt=sse",
        b"/model/anthropic.claude-v2%3A1/invoke",
        b"/openai/deployments/gpt4/chat/completions?api-version=1",
    ),
}
