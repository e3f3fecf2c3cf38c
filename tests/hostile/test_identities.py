"""Hostile identity services: what they answer becomes a sentence, and never a request or a spin.

One provider for each misdeed, all of Google's chain, whose files say where to ask for a token.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.gateway_configuration import KeyRow, ModelRow, ProviderRow, gateway_toml
from tests.gateway_process import GatewayProcess, eventually, running_gateway
from tests.hostile.platform_arena import Recorder
from tests.hostile.raw_client import Answer, send
from tests.loop_thread import loop_thread

CLIENT_KEY = "dt-identities-canary-3b"
CANARY = "token-canary-77"
HUNG = "hangs"
ASKED_AGAIN = 200
CALLS_MAX = 8
"""In the seconds that a test takes: a renewal that fails rests for a second, then for longer."""
STOPPED_WITHIN_S = 8.0
SERVED_WITHIN_S = 5.0
RELOADS = 12


def token(value: str, lifetime: object = 3600) -> bytes:
    """What a token endpoint answers."""
    said = {"access_token": value, "token_type": "Bearer", "expires_in": lifetime}
    body = json.dumps(said).encode()
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n"
    return b"%bcontent-length: %d\r\n\r\n%b" % (head, len(body), body)


MISDEEDS: dict[str, tuple[bytes, str]] = {
    "splits": (token(f"{CANARY}\r\nx-injected: 1"), "no credential that a header can carry"),
    "foreign": (token(f"{CANARY}-é"), "no credential that a header can carry"),
    "spaced": (token(f"{CANARY} 1"), "no credential that a header can carry"),
    "endless": (token(CANARY * 4000), "no credential that a header can carry"),
    "ended": (token(CANARY, 0), "has ended already"),
    "negative": (token(CANARY, -3600), "has ended already"),
    "brief": (token(CANARY, 1), "has ended already"),
    "wordless": (token(""), ""),
    "page": (
        b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 34\r\n\r\n"
        b"<html>token-canary-77 login</html>",
        "",
    ),
    "elsewhere": (b"", ""),
    "gone": (b"", ""),
}
"""What the service answers, and words of the sentence that becomes of it."""


class Identities:
    """The service: it answers as the path says, and counts."""

    def __init__(self, elsewhere: int) -> None:
        self.port = 0
        self.asked: Counter[str] = Counter()
        self._elsewhere = elsewhere

    async def start(self) -> asyncio.Server:
        """Listens on a free loopback port of the running loop."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            name = head.split(b" ", 2)[1].decode().strip("/")
            self.asked[name] += 1
            if name == HUNG:
                await asyncio.Event().wait()
            answer = MISDEEDS[name][0] if name in MISDEEDS else token("good")
            if name == "elsewhere":
                there = b"location: http://127.0.0.1:%d/token\r\n" % self._elsewhere
                answer = b"HTTP/1.1 307 Go\r\n%bcontent-length: 0\r\n\r\n" % there
            writer.write(answer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


class Stage:
    """A gateway, the service, the platform behind all providers, and a host that nobody named."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.platform = Recorder()
        self.elsewhere = Recorder()
        self.service: Identities
        self.gateway: GatewayProcess

    def toml(self, names: tuple[str, ...]) -> str:
        """A configuration with a provider for each name."""
        rows = [
            ProviderRow(
                name=name,
                kind="vertex",
                base_url=f"http://127.0.0.1:{self.platform.port}",
                api_key=None,
                settings=f'region = "us-east1"\nproject = "p"\n'
                f'credentials = {{ file = "{name}.json" }}',
            )
            for name in names
        ]
        models = [
            ModelRow(name=f"google/{name}", deployments=((name, f"{name}-m"),), aliases=(name,))
            for name in names
        ]
        return gateway_toml(
            providers=rows, models=models, keys=[KeyRow(name="tests", key=CLIENT_KEY)]
        )

    def files(self, names: tuple[str, ...]) -> dict[str, str]:
        """What each provider's credentials are made from."""
        return {
            **{f"{name}.json": self._external(name) for name in names},
            "subject": f"{CANARY}-subject",
        }

    def _external(self, name: str) -> str:
        said = {
            "type": "external_account",
            "audience": "//iam.googleapis.com/pools/p",
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": f"http://127.0.0.1:{self.service.port}/{name}",
            "credential_source": {"file": "subject"},
        }
        return json.dumps(said)

    async def ask(self, name: str) -> Answer:
        """One small question."""
        body = json.dumps({"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}).encode()
        head = (
            f"POST /v1beta/models/{name}:generateContent HTTP/1.1\r\nhost: x\r\n"
            f"connection: close\r\nx-goog-api-key: {CLIENT_KEY}\r\ncontent-length: {len(body)}\r\n"
        )
        exchange = await send(self.gateway.port, [head.encode() + b"\r\n" + body], until_answers=1)
        assert len(exchange.answers) == 1, (name, exchange.received[:300])
        return exchange.answers[0]


@contextmanager
def running_stage(folder: Path, names: tuple[str, ...]) -> Generator[Stage]:
    """The running stage."""
    stage = Stage(folder)
    with loop_thread() as thread:
        servers = [thread.run(stage.platform.start()), thread.run(stage.elsewhere.start())]
        stage.service = Identities(stage.elsewhere.port)
        servers.append(thread.run(stage.service.start()))
        try:
            files = stage.files(names)
            with running_gateway(folder, stage.toml(names), files) as gateway:
                stage.gateway = gateway
                yield stage
        finally:
            for server in servers:
                thread.loop.call_soon_threadsafe(server.close)


def test_no_misdeed_becomes_a_request_or_a_spin(tmp_path: Path) -> None:
    with running_stage(tmp_path, tuple(MISDEEDS)) as stage:

        async def each() -> list[Answer]:
            return list(await asyncio.gather(*map(stage.ask, MISDEEDS)))

        for name, answer in zip(MISDEEDS, asyncio.run(each()), strict=True):
            assert answer.status >= 500, (name, answer)
            assert f"provider `{name}` has no credentials now: ".encode() in answer.body, answer
            assert MISDEEDS[name][1].encode() in answer.body, answer
            assert CANARY.encode() not in answer.body, answer

        async def again() -> None:
            for _ in range(ASKED_AGAIN // 20):
                await asyncio.gather(*(stage.ask("ended") for _ in range(20)))

        asyncio.run(again())
        assert max(stage.service.asked.values()) <= CALLS_MAX, stage.service.asked
        assert set(stage.service.asked) == set(MISDEEDS)
        assert stage.platform.taken == []
        assert stage.elsewhere.taken == []
        assert CANARY not in stage.gateway.errors()
        assert not [p for p in stage.gateway.state.rglob("*") if _holds(p, CANARY)]


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and text.encode() in path.read_bytes()


def test_a_service_that_hangs_holds_up_nobody_else(tmp_path: Path) -> None:
    """Neither requests for others, nor reloads that take its provider away, nor the end."""
    with running_stage(tmp_path, (HUNG, "good")) as stage:
        gateway = stage.gateway
        eventually(lambda: stage.service.asked[HUNG], "the service is asked")
        (worker,) = gateway.workers()
        for number in range(RELOADS):
            names = ("good",) if number % 2 == 0 else (HUNG, "good")
            before = gateway.errors().count("configuration reloaded")
            gateway.reload(stage.toml(names))
            eventually(
                lambda before=before: gateway.errors().count("configuration reloaded") > before,
                "the configuration is reloaded",
            )
            begun = time.monotonic()
            assert asyncio.run(stage.ask("good")).status == 400  # the platform's own answer
            assert time.monotonic() - begun < SERVED_WITHIN_S
        threads = len(list(Path(f"/proc/{worker}/task").iterdir()))
        assert threads < RELOADS + 10, threads
        assert gateway.workers() == [worker]
        begun = time.monotonic()
        assert gateway.stop() == 0
        assert time.monotonic() - begun < STOPPED_WITHIN_S
