"""Remote detectors that are killed, slow and lie, before a real gateway: the policy says what
follows, and the ledger tells it."""

import asyncio
import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from itertools import product
from typing import Any, Final

import msgspec
import pytest

from detente.canonical.guardrail import Screened
from detente.canonical.safety_words import MODERATION
from tests.gateway_configuration import KeyRow, ModelRow, ProviderRow, gateway_toml
from tests.gateway_process import GatewayProcess, running_gateway
from tests.guarded_failures.callers import Call, Crowd, Heard
from tests.guarded_failures.dialect_requests import Asked, request_in
from tests.guarded_failures.recorder import LENGTH, READ_BYTES, Recorder, recorders
from tests.ledger_entries import entry_of
from tests.loop_thread import LoopThread, loop_thread
from tests.postgres import free_port

TIMEOUT_MS: Final = 300
FATE: Final = re.compile(rb"fate-([a-z0-9]+)")
SAID: Final = "a word of the answer"

Json = dict[str, Any]
"""Answers are of many shapes."""


def _result(value: object = False) -> Json:
    return {
        "flagged": value,
        "categories": dict.fromkeys(MODERATION, value),
        "category_scores": dict.fromkeys(MODERATION, 0.5),
    }


def _of(body: object, status: int = 200, kind: str = "application/json") -> bytes:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {len(data)}\r\n\r\n"
    return head.encode() + data


def _moderated(results: list[Json]) -> bytes:
    return _of({"id": "modr-1", "model": "m", "results": results})


def _done(fate: str, inputs: int) -> bytes:
    """What the service says to so many texts."""
    fine = [_result()] * inputs
    match fate:
        case "fewer":
            return _moderated(fine[1:])
        case "more":
            return _moderated([*fine, _result()])
        case "untyped":
            return _moderated([*fine[1:], _result("no")])
        case "half":
            return _moderated(fine)[:-20]
        case _:
            return FATES.get(fate, _moderated(fine))


FATES: Final[dict[str, bytes]] = {
    "500": _of({"error": {"message": "fails"}}, 500),
    "429": _of({"error": {"message": "slow down"}}, 429),
    "401": _of({"error": {"message": "wrong key"}}, 401),
    "302": b"HTTP/1.1 302 X\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n",
    "garbage": _of(b"not json"),
    "nonsense": _of({"results": "all fine"}),
    "empty": _of(b""),
    "stream": _of(b"data: {}\n\n", kind="text/event-stream"),
    "closed": b"",
    "http": b"SSH-2.0-OpenSSH_9.9\r\n",
    "endless": b"HTTP/1.1 200 OK\r\nx-a: " + b"a" * 200_000,
}
"""What the service says, by a word in the text; `slow` says nothing at all."""
FAILING: Final = (*FATES, "fewer", "more", "untyped", "half", "slow")


class Service:
    """What says that it looks."""

    def __init__(self) -> None:
        self.base_url = ""
        self.asked = 0

    async def start(self) -> asyncio.Server:
        """Listens on a free loopback port of the running loop."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=READ_BYTES)
        self.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        return server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                found = LENGTH.search(head)
                body = await reader.readexactly(int(found[1]) if found else 0)
                self.asked += 1
                fate = FATE.search(body)
                name = "fine" if fate is None else fate[1].decode()
                if name == "slow":
                    await reader.read()  # until the gateway hangs up
                    return
                writer.write(_done(name, len(json.loads(body)["input"])))
                await writer.drain()
                if name in ("closed", "half"):
                    return
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """The running gateway with its service and the upstream behind."""

    gateway: GatewayProcess
    service: Service
    upstream: Recorder


def _project(on_failure: str, stage: str, *, killed: bool) -> str:
    return f"{on_failure}-{stage}-{'killed' if killed else 'there'}"


PROJECTS: Final = tuple(
    (on_failure, stage, killed)
    for on_failure, stage, killed in product(("block", "flag"), ("input", "output"), (False, True))
)


def _configuration(upstream: str, service: str) -> str:
    more = ""
    for name, place in (("there", "service"), ("killed", "gone")):
        for stage in ("input", "output"):
            more += f"""
[guardrails.detectors.{stage}-{name}]
kind = "openai_moderation"
provider = "{place}"
stages = ["{stage}"]
"""
    for on_failure, stage, killed in PROJECTS:
        project = _project(on_failure, stage, killed=killed)
        more += f"""
[projects.{project}]
[guardrails.policies.{project}]
projects = ["{project}"]
detectors = ["{stage}-{"killed" if killed else "there"}"]
on_failure = "{on_failure}"
timeout_ms = {TIMEOUT_MS}

[[guardrails.policies.{project}.risks]]
treatment = "block"
"""
    places = {"eu": upstream + "/v1", "service": service, "gone": f"http://127.0.0.1:{free_port()}"}
    return gateway_toml(
        providers=[
            ProviderRow(
                name=name,
                kind="openai_compatible",
                base_url=url,
                api_key=None,
                settings=f'host = "{name}"\ndialects = ["openai_chat"]',
            )
            for name, url in places.items()
        ],
        models=[ModelRow(name="tests/m", aliases=("m",), deployments=(("eu", "m-eu"),))],
        keys=[
            KeyRow(
                name=_project(*one[:2], killed=one[2]),
                key=f"dt-remote-{_project(*one[:2], killed=one[2])}",
                project=_project(*one[:2], killed=one[2]),
            )
            for one in PROJECTS
        ],
        more=more,
    )


@contextmanager
def _serving(thread: LoopThread) -> Generator[Service]:
    service = Service()
    server = thread.run(service.start())
    try:
        yield service
    finally:
        thread.loop.call_soon_threadsafe(server.close)


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Generator[Setting]:
    upstream = Recorder({"answer": 1}, 1)
    with recorders(upstream), loop_thread() as thread, _serving(thread) as service:
        text = _configuration(upstream.base_url, service.base_url)
        with running_gateway(tmp_path_factory.mktemp("remote"), text) as gateway:
            yield Setting(gateway=gateway, service=service, upstream=upstream)
            assert "bug in request" not in gateway.errors()


def _ask(setting: Setting, project: str, fates: tuple[str, ...], dialect: str) -> list[Heard]:
    """Each fate, whole and streamed, all at once."""
    calls: list[Call] = []
    for fate, stream in product(fates, (False, True)):
        texts = {"user": f"fate-{fate}: {SAID}"}
        asked: Asked = request_in(dialect, texts, stream=stream)
        key = f"dt-remote-{project}"
        calls.append(Call(number=len(calls), key=key, asked=asked))
    crowd = Crowd(setting.gateway.port)
    asyncio.run(crowd.ask(calls))
    return [crowd.heard[call.number] for call in calls]


def _failure(project: str, stage: str, detector: str, treatment: str) -> Screened:
    return Screened(
        policy=project,
        stage="input" if stage == "input" else "output",
        detector=detector,
        category="detector_failed",
        treatment="block" if treatment == "block" else "flag",
        count=0,
    )


@pytest.mark.parametrize("dialect", ["openai_chat", "anthropic_messages", "openai_responses"])
@pytest.mark.parametrize("stage", ["input", "output"])
@pytest.mark.parametrize("on_failure", ["block", "flag"])
def test_the_policy_says_what_follows(
    setting: Setting, on_failure: str, stage: str, dialect: str
) -> None:
    for killed in (False, True):
        project = _project(on_failure, stage, killed=killed)
        detector = f"{stage}-{'killed' if killed else 'there'}"
        fates = ("fine",) if killed else FAILING
        for at, heard in enumerate(_ask(setting, project, fates, dialect)):
            fate, stream = fates[at // 2], bool(at % 2)
            entry = entry_of(setting.gateway.state, heard.request_id)
            told = (fate, stream, heard.status, heard.body[:500], entry)
            assert entry.screened == (_failure(project, stage, detector, on_failure),), told
            assert entry.stream is stream
            if on_failure == "flag":
                assert (heard.status, entry.outcome) == (200, "answered"), told
                assert SAID in heard.text, told
                continue
            assert (entry.outcome, entry.error) == ("denied", "guardrail_blocked"), told
            assert SAID not in heard.text, told
            if stage == "input":
                assert heard.status == 403, told
                assert f"`{detector}` could not look at it".encode() in heard.body, told


def test_a_service_that_answers_is_believed(setting: Setting) -> None:
    """So that what fails above fails for its own reason."""
    before = setting.service.asked
    for on_failure, stage, killed in PROJECTS:
        if killed:
            continue
        project = _project(on_failure, stage, killed=False)
        for heard in _ask(setting, project, ("fine",), "openai_chat"):
            assert heard.status == 200
            assert SAID in heard.text
            assert entry_of(setting.gateway.state, heard.request_id).screened == ()
    assert setting.service.asked == before + 8
