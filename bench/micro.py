"""Microseconds for each stage of the hot path alone, where a stage is a plain function.

What a stage costs inside the running gateway is more (caches, the loop): this shows what changed,
`profile` shows what matters. Example: `python -m bench micro`.
"""

import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import httptools

from bench import gateway, workload
from bench.load_stream import request_bytes
from detente.agreements.compiled import compile_agreements
from detente.canonical.entry import Attempt
from detente.canonical.intent_template import IntentTemplate
from detente.canonical.journal import Intent, Settlement
from detente.canonical.question import Question
from detente.canonical.usage import Usage
from detente.configuration.schema import Configuration, Key
from detente.dialects import spec_of
from detente.dialects._envelope.invoke import wrapped
from detente.dialects._envelope.invoke_stream import EventsFramed, FramesOpened
from detente.gateway.callers.access_keys import access_key_id, secret_access_key
from detente.gateway.callers.principals import Keys
from detente.gateway.http.message import Request, Response
from detente.ledger.store.journal import JournalWriter
from detente.providers import Credentials, SigningKeys
from detente.providers.bedrock import sign
from detente.wiring import load

CALLS = 2_000
NOW_US = 1_790_000_000_000_000
MASTER_KEY = "a master key of the measurements"

Stage = tuple[str, Callable[[], object]]


def measure(*, rounds: int) -> tuple[str, ...]:
    """One line a stage: the median over rounds of the mean of many calls."""
    with _stages() as stages:
        timed = [(name, _time_us(call, rounds)) for name, call in stages]
    return tuple(f"{us:8.2f} us  {name}" for name, us in timed)


def _time_us(call: Callable[[], object], rounds: int) -> float:
    times: list[float] = []
    for _ in range(rounds):
        began = time.perf_counter()
        for _ in range(CALLS):
            call()
        times.append((time.perf_counter() - began) / CALLS * 1e6)
    return median(times)


class _Sink:
    """Takes what the parser says, as the cheapest possible protocol."""

    def __init__(self) -> None:
        self.headers: dict[bytes, bytes] = {}
        self.body = b""

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.lower()] = value

    def on_body(self, data: bytes) -> None:
        self.body = data


@contextmanager
def _stages() -> Generator[list[Stage], None, None]:
    """Every stage with its input ready."""
    with tempfile.TemporaryDirectory() as folder:
        journal = JournalWriter(
            Path(folder), "m0", segment_bytes=4 << 20, bytes_max=8 << 30, now_us=lambda: NOW_US
        )
        template = IntentTemplate(_intent())
        try:
            yield [
                *_message_stages(),
                *_dialect_stages(),
                *_decision_stages(Path(folder)),
                *_aws_stages(),
                (
                    "journal: append an intent of a known class",
                    lambda: journal.append_intent(
                        template.encode(
                            "req_0123456789abcdef00000001",
                            started_us=NOW_US,
                            request_bytes=workload.REQUEST_BYTES,
                            stream=False,
                        )
                    ),
                ),
                ("journal: make and append a settlement", lambda: journal.append(_settlement())),
            ]
        finally:
            journal.close()


def _message_stages() -> list[Stage]:
    message = request_bytes(3, stream=False)
    headers = [
        (b"Server", b"nginx"),
        (b"Date", b"Sat, 21 Nov 2026 00:00:00 GMT"),
        (b"Content-Type", b"application/json"),
        (b"Content-Length", b"600"),
        (b"Connection", b"keep-alive"),
    ]

    def parse() -> object:
        sink = _Sink()
        httptools.HttpRequestParser(sink).feed_data(message)
        return sink

    return [
        ("http: parse a request of 1 KB with a new parser", parse),
        ("http: head of an answer", lambda: Response(200, headers)),
    ]


def _dialect_stages() -> list[Stage]:
    spec = spec_of("openai_chat")
    body = workload.request_body("bench-03")
    head = spec.read_request(body)
    streamed = workload.request_body("bench-03", stream=True)
    stream_head = spec.read_request(streamed)
    answer = workload.answer_body()
    tap = spec.tap(stream_head)
    event = workload.event("agreed ")
    return [
        ("openai_chat: read a request", lambda: spec.read_request(body)),
        ("openai_chat: set the model", lambda: spec.edit_request(body, head, model="upstream")),
        (
            "openai_chat: set the model and ask for usage",
            lambda: spec.edit_request(streamed, stream_head, model="upstream"),
        ),
        ("openai_chat: read the usage of an answer", lambda: spec.read_usage(answer)),
        ("openai_chat: tap one event", lambda: tap.feed(event)),
    ]


def _decision_stages(folder: Path) -> list[Stage]:
    path = gateway.write_configuration(folder, "http://127.0.0.1:9")
    setup = load(path)
    keys = Keys(setup.configuration)
    headers = {b"authorization": f"Bearer {workload.KEYS[7]}".encode()}
    request = Request(
        b"POST", b"/v1/chat/completions", headers, b"", keep_alive=True, chunked=True, received_at=0
    )
    compiled = compile_agreements(setup.world, setup.agreements)
    at = datetime.fromtimestamp(NOW_US / 1e6, UTC)
    question = Question(
        model="openai/bench-00",
        at=at,
        known_at=at,
        interface="stateless_api",
        project="project-1",
        labels=(("data", "internal"),),
        events=setup.events,
    )
    return [
        ("keys: authenticate", lambda: keys.authenticate(request.target, headers, NOW_US, request)),
        ("agreements: decide a known class of question", lambda: compiled.decide(question)),
    ]


def _aws_stages() -> list[Stage]:
    """What AWS costs in addition: one signature for each request, and the envelope of Claude's."""
    key_hash = "sha256:" + "0" * 64
    access_key = access_key_id(key_hash)
    credentials = Credentials(
        access_key_id=access_key, secret_access_key=secret_access_key(MASTER_KEY, access_key)
    )
    keys = Keys(Configuration(keys={"aws": Key(hash=key_hash, project="project-1")}), MASTER_KEY)
    signing_keys = SigningKeys()
    now = datetime.fromtimestamp(NOW_US / 1e6, UTC)
    body = workload.request_body("bench-03")
    target = b"/model/anthropic.claude-v2%3A1/invoke"

    def signed() -> tuple[tuple[bytes, bytes], ...]:
        return sign(
            host=b"gateway",
            target=target,
            body=body,
            credentials=credentials,
            region="us-east-1",
            now=now,
            keys=signing_keys,
        )

    headers = {b"host": b"gateway", **dict(signed())}
    request = Request(b"POST", target, headers, body, keep_alive=True, chunked=True, received_at=0)
    event = b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0}\n\n'
    framed, opened = EventsFramed(), FramesOpened()
    frame = framed.feed(event)
    return [
        ("bedrock: sign a request of 1 KB", signed),
        (
            "keys: verify a signature over 1 KB",
            lambda: keys.authenticate(target, headers, NOW_US, request),
        ),
        ("bedrock: wrap a request of 1 KB for InvokeModel", lambda: wrapped(body)),
        ("bedrock: open one frame", lambda: opened.feed(frame)),
        ("bedrock: frame one event", lambda: framed.feed(event)),
    ]


def _intent() -> Intent:
    return Intent(
        id="req_0123456789abcdef00000001",
        started_us=NOW_US,
        key="app-07",
        project="project-1",
        labels=(("data", "internal"),),
        asked_model="bench-03",
        model="mistral/bench-03",
        interface="stateless_api",
        client_dialect="openai_chat",
        upstream_dialect="openai_chat",
        deployment="second-cloud/upstream-bench-03",
        decision="dec_0123456789abcdef",
        request_bytes=workload.REQUEST_BYTES,
    )


def _settlement() -> Settlement:
    deployment = "second-cloud/upstream-bench-03"
    attempt = Attempt(
        deployment=deployment,
        result="answered",
        status=200,
        decision="dec_0123456789abcdef",
        started_ms=0.1,
        first_byte_ms=1.5,
        total_ms=1.6,
    )
    return Settlement(
        id="req_0123456789abcdef00000001",
        outcome="answered",
        status=200,
        deployment=deployment,
        upstream_dialect="openai_chat",
        decision="dec_0123456789abcdef",
        attempts=(attempt,),
        usage=Usage(uncached_input_tokens=210, visible_output_tokens=60),
        cost_pico_usd=1_125_000_000,
        price="prices/0",
        response_bytes=workload.ANSWER_BYTES,
        first_byte_ms=1.5,
        total_ms=1.6,
    )
