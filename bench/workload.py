"""The work: whose keys, which models, what is asked, and what the upstream answers.

Everything is computed from numbers, so that every run and every contestant gets the same bytes.
Example: `request_body("bench-07", stream=False)` is exactly 1,024 bytes.
"""

import json

KEYS = tuple(f"sk-bench-{number:04d}" for number in range(50))
PROJECTS = 5
UPSTREAM_KEY = "sk-upstream"
PATH = "/v1/chat/completions"
REQUEST_BYTES = 1024
ANSWER_BYTES = 600
EVENTS_PER_STREAM = 100
CONNECTIONS = 64

PUBLISHERS = ("openai", "openai", "anthropic", "mistral")
MODELS = tuple(f"bench-{number:02d}" for number in range(20))
"""The aliases that clients ask for; `publisher_of` says who makes each."""


def publisher_of(model: str) -> str:
    """The publisher of one of `MODELS`: half are OpenAI's, whom the agreements are about."""
    return PUBLISHERS[MODELS.index(model) % len(PUBLISHERS)]


def request_body(model: str, *, stream: bool = False) -> bytes:
    """A chat completion request of exactly `REQUEST_BYTES`, whatever the model's name."""
    head: dict[str, object] = {"model": model}
    if stream:
        head["stream"] = True
    question = "Summarise the agreement between the two parties in one paragraph. "

    def rendered(filling: str) -> bytes:
        messages = [
            {"role": "system", "content": "You are a careful assistant."},
            {"role": "user", "content": question + filling},
        ]
        return _compact({**head, "messages": messages, "temperature": 0.2})

    missing = REQUEST_BYTES - len(rendered(""))
    return rendered(("lorem ipsum dolor " * 60)[:missing])


def answer_body() -> bytes:
    """A chat completion of exactly `ANSWER_BYTES`, with usage, that names no real model."""

    def rendered(text: str) -> bytes:
        message = {"role": "assistant", "content": text}
        return json.dumps(
            {
                "id": "chatcmpl-bench",
                "object": "chat.completion",
                "created": 1750000000,
                "model": "bench-upstream",
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 210, "completion_tokens": 60, "total_tokens": 270},
            }
        ).encode()

    return rendered(("the parties agree that " * 30)[: ANSWER_BYTES - len(rendered(""))])


def event(text: str) -> bytes:
    """One server-sent event of a streamed completion."""
    delta = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return _sse({**_CHUNK, "choices": [delta]})


def closing_events(*, with_usage: bool) -> bytes:
    """The end of a stream: the finish reason, the usage if it was asked for, and `[DONE]`."""
    finish: dict[str, object] = {"index": 0, "delta": {}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 210, "completion_tokens": EVENTS_PER_STREAM, "total_tokens": 310}
    last = _sse({**_CHUNK, "choices": [], "usage": usage}) if with_usage else b""
    return _sse({**_CHUNK, "choices": [finish]}) + last + b"data: [DONE]\n\n"


_CHUNK: dict[str, object] = {
    "id": "chatcmpl-bench",
    "object": "chat.completion.chunk",
    "created": 1750000000,
    "model": "bench-upstream",
}


def _sse(value: dict[str, object]) -> bytes:
    return b"data: " + _compact(value) + b"\n\n"


def _compact(value: dict[str, object]) -> bytes:
    """As the official clients and platforms write it: no space after a separator."""
    return json.dumps(value, separators=(",", ":")).encode()
