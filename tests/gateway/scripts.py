"""What the players on stage say: configurations, requests and answers, as bytes and text.

>>> chat("m", stream=True).startswith(b"POST /v1/chat/completions HTTP/1.1")
True
"""

import hashlib

import msgspec

KEY = "dt-stage-key"
OTHER_KEY = "dt-other-key"
EXPIRED_KEY = "dt-expired-key"
FIRST_PORT = 1001
SECOND_PORT = 1002


def hashed(key: str) -> str:
    """A key as a configuration keeps it."""
    return "sha256:" + hashlib.sha256(key.encode()).hexdigest()


KEYS = f"""
[keys.app]
hash = "{hashed(KEY)}"
project = "shop"
labels = {{ data = "internal" }}

[keys.other]
hash = "{hashed(OTHER_KEY)}"
project = "elsewhere"

[keys.old]
hash = "{hashed(EXPIRED_KEY)}"
project = "shop"
expires = 2020-01-01
"""

OPEN = """
[limits]
response_body_bytes_max = 4096
stream_event_bytes_max = 4096
write_buffer_bytes_max = 1000
request_body_bytes_max = 100000
buffered_bytes_max = 150000
in_flight_max = 3
connections_max = 20
pool_connections_max = 2

[providers.first]
kind = "openai_compatible"
base_url = "http://127.0.0.1:1001/v1"
host = "one"

[providers.second]
kind = "openai_compatible"
base_url = "http://127.0.0.1:1002/v1"
host = "two"

[models."tests/m"]
aliases = ["m"]
deployments = [
  { provider = "first", id = "m-first" },
  { provider = "second", id = "m-second" },
]

[models."tests/alone"]
aliases = ["alone"]
deployments = [{ provider = "first", id = "alone" }]

[models."tests/nowhere"]
aliases = ["nowhere"]
deployments = []

[[prices]]
model = "*"
input = 1
output = 2
source = "the stage's own"
"""
CONFIGURATION = OPEN + KEYS
"""Two providers, a model at both and one at the first alone, keys; no agreement."""

AGREED = CONFIGURATION + '\n[agreements]\npath = "agreements"\n'
"""The same under `AGREEMENT_FILE`."""

AGREEMENT_FILE = (
    "agreements/first.toml",
    b"""
id = "first-come"
title = "The first provider is asked first"
parties = ["shop", "one"]
from = 2020-01-01
recorded_at = 2020-01-01
source = "the stage's own"

[[clause]]
id = "first-refusal"
type = "first_refusal"
holder = "host:one"
subject = "request"
signals = ["429", "503", "capacity_error", "unreachable", "timeout"]
respond_within = "2s"
default = "refused"
quote = "offered first"

[[clause]]
id = "not-elsewhere"
type = "forbid"
scope = { model = "tests/alone", project = "elsewhere" }
reason = "the model is the shop's"
quote = "for the shop"
""",
)


def request(
    method: str,
    target: str,
    body: bytes = b"",
    *,
    key: str | None = KEY,
    headers: tuple[str, ...] = (),
    version: str = "1.1",
) -> bytes:
    """A whole request."""
    lines = [f"{method} {target} HTTP/{version}", "host: gateway"]
    if key is not None:
        lines.append(f"authorization: Bearer {key}")
    if body:
        lines += ["content-type: application/json", f"content-length: {len(body)}"]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + body


def body_of(model: str, *, stream: bool = False, text: str = "hello") -> bytes:
    """A chat request's body."""
    content: dict[str, object] = {"model": model, "messages": [{"role": "user", "content": text}]}
    return msgspec.json.encode({**content, "stream": True} if stream else content)


def chat(
    model: str,
    *,
    stream: bool = False,
    key: str | None = KEY,
    headers: tuple[str, ...] = (),
    version: str = "1.1",
    text: str = "hello",
) -> bytes:
    """A chat request."""
    return request(
        "POST",
        "/v1/chat/completions",
        body_of(model, stream=stream, text=text),
        key=key,
        headers=headers,
        version=version,
    )


def messages(model: str, *, headers: tuple[str, ...] = ()) -> bytes:
    """A request of Anthropic's dialect."""
    content = msgspec.json.encode(
        {"model": model, "max_tokens": 9, "messages": [{"role": "user", "content": "hello"}]}
    )
    return request(
        "POST", "/v1/messages", content, headers=("anthropic-version: 2023-06-01", *headers)
    )


def answer(
    status: int, body: bytes, *headers: str, content_type: str = "application/json"
) -> bytes:
    """A provider's whole answer."""
    lines = [f"HTTP/1.1 {status} Whatever", f"content-type: {content_type}", *headers]
    return "\r\n".join([*lines, f"content-length: {len(body)}", "", ""]).encode() + body


COMPLETION = (
    b'{"id":"c1","object":"chat.completion","created":1,"model":"m-first","choices":[{"index":0,'
    b'"message":{"role":"assistant","content":"yes"},"finish_reason":"stop"}],'
    b'"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}'
)
OK = answer(200, COMPLETION)
FULL = answer(429, b'{"error":{"message":"slow down","code":"rate_limit"}}', "retry-after: 7")
BROKEN = answer(500, b'{"error":{"message":"oh"}}')
WRONG = answer(400, b'{"error":{"message":"no such thing","code":"bad"}}')


def delta(text: str) -> bytes:
    """One event of a chat stream."""
    return (
        b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":'
        b'[{"index":0,"delta":{"content":"' + text.encode() + b'"},"finish_reason":null}]}\n\n'
    )


USAGE_EVENT = (
    b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[],'
    b'"usage":{"prompt_tokens":10,"completion_tokens":3,"total_tokens":13}}\n\n'
)
DONE = b"data: [DONE]\n\n"
IN_STREAM_ERROR = b'data: {"error":{"message":"it broke","code":"server_error"}}\n\n'
EVENTS_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)
EVENTS_UNTIL_CLOSE = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
LAST = b"0\r\n\r\n"


def chunked(*events: bytes) -> bytes:
    """Each event as a chunk."""
    return b"".join(b"%x\r\n%b\r\n" % (len(event), event) for event in events)


STREAM = EVENTS_HEAD + chunked(delta("a"), delta("b"), delta("c"), USAGE_EVENT, DONE) + LAST
SHOWN = delta("a") + delta("b") + delta("c") + DONE
"""What a client that did not ask for usage sees of `STREAM`."""
