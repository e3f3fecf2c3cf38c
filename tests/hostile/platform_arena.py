"""A gateway before every kind of platform, all of them one server that writes down every byte.

What the server answers is set by the test; it never is what a platform would say. Every credential
of the gateway's holds `SECRET`, what its operator demands `OPERATOR`.

>>> with running_platforms(folder) as platforms:
...     platforms.gateway.port
"""

import asyncio
import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from tests.gateway_configuration import KeyRow, ProviderRow, credential_files, gateway_toml
from tests.gateway_process import GatewayProcess, running_gateway
from tests.loop_thread import loop_thread

CLIENT_KEY = "dt-platforms-canary-41f0"
SECRET = "upstream-canary-9c2e"
OPERATOR = "operator"
COMPARTMENT = "ocid1.compartment.oc1..operator"
REFUSED = (
    b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: 33\r\n\r\n"
    b'{"error":{"message":"not today"}}'
)
LENGTH = re.compile(rb"(?i)\r\ncontent-length:\s*(\d+)")
HEAD_BYTES_MAX = 1024 * 1024

HOST = 'host = "tests"'
SIGNED = (
    'access_key_id = "AKIAOPERATOR"\nsecret_access_key = { file = "aws.key" }\n'
    'session_token = { file = "aws.key" }\nregion = "us-east-1"'
)
MODELS: dict[str, tuple[str, str, str]] = {
    "openai": ("openai/gpt-4.1", "gpt-4.1", ""),
    "azure": ("openai/gpt-4.1-a", "gpt-4.1", ""),
    "foundry": ("anthropic/claude-f", "claude-f", ""),
    "anthropic": ("anthropic/claude-opus-4-6", "claude-opus-4-6", ""),
    "anthropic_aws": ("anthropic/claude-opus-4-6-w", "claude-opus-4-6", ""),
    "bedrock": ("anthropic/claude-b", "us.anthropic.claude-opus-4-6-v1:0", "flex"),
    "bedrock_chat": ("openai/gpt-oss-120b", "openai.gpt-oss-120b-1:0", "flex"),
    "bedrock_mantle": ("anthropic/claude-m", "anthropic.claude-opus-4-6", ""),
    "vertex": ("anthropic/claude-v", "claude-v", "shared"),
    "vertex_gemini": ("google/gemini-v", "gemini-v", "shared"),
    "vertex_gpt": ("openai/gpt-v", "gpt-v", "shared"),
    "gemini": ("google/gemini-g", "gemini-g", ""),
    "xai": ("xai/grok", "grok", ""),
    "mistral": ("mistral/medium", "medium", ""),
    "cohere": ("cohere/command", "command", ""),
    "ollama": ("meta/llama", "llama", ""),
    "oci": ("cohere/command-o", "cohere.command-o", ""),
    "oci_chat": ("meta/llama-o", "meta.llama-o", ""),
    "groq": ("meta/llama-q", "llama-q", ""),
    "openai_compatible": ("meta/llama-c", "llama-c", ""),
}
"""Each provider's model, its id there, and its tier."""
SETTINGS: dict[str, tuple[str, str]] = {
    "openai": ("openai", f'organization = "{OPERATOR}"\nproject = "{OPERATOR}"'),
    "azure": ("azure", ""),
    "foundry": ("foundry", ""),
    "anthropic": ("anthropic", f'region = "us"\nworkspace = "{OPERATOR}"'),
    "anthropic_aws": (
        "anthropic_aws",
        f'{SIGNED}\nworkspace = "{OPERATOR}"\nprocessing_zone = "us"',
    ),
    "bedrock": ("bedrock", f'{SIGNED}\nguardrail = {{ id = "{OPERATOR}" }}'),
    "bedrock_chat": ("bedrock", f'{SIGNED}\nguardrail = {{ id = "{OPERATOR}" }}'),
    "bedrock_mantle": ("bedrock_mantle", 'region = "us-east-1"'),
    "vertex": ("vertex", f'region = "us-east1"\nproject = "{OPERATOR}"'),
    "vertex_gemini": ("vertex", f'region = "us-east1"\nproject = "{OPERATOR}"'),
    "vertex_gpt": ("vertex", f'region = "us-east1"\nproject = "{OPERATOR}"'),
    "gemini": ("gemini", ""),
    "xai": ("xai", ""),
    "mistral": ("mistral", ""),
    "cohere": ("cohere", ""),
    "ollama": ("ollama", HOST),
    "oci": ("oci", f'region = "us-chicago-1"\ncompartment = "{COMPARTMENT}"'),
    "oci_chat": ("oci", f'region = "us-chicago-1"\ncompartment = "{COMPARTMENT}"'),
    "groq": ("groq", ""),
    "openai_compatible": ("openai_compatible", HOST),
}
"""Each provider's kind, and what else its table has."""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """One request as it came: its head with line ends, its body."""

    head: bytes
    body: bytes

    @property
    def raw(self) -> bytes:
        """Everything."""
        return self.head + self.body

    def header(self, name: bytes) -> list[bytes]:
        """All values of one header."""
        lines = self.head.split(b"\r\n")[1:]
        pairs = [line.partition(b": ") for line in lines if line]
        return [value for key, _, value in pairs if key.lower() == name]


class Recorder:
    """The server; `answer` is what it says to everybody, then it closes."""

    def __init__(self) -> None:
        self.port = 0
        self.answer = REFUSED
        self.taken: list[Taken] = []

    async def start(self) -> asyncio.Server:
        """Listens on a free loopback port of the running loop."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=HEAD_BYTES_MAX)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            found = LENGTH.search(head)
            body = await reader.readexactly(int(found[1]) if found else 0)
            self.taken.append(Taken(head=head, body=body))
            writer.write(self.answer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


class Platforms(msgspec.Struct, frozen=True, kw_only=True):
    """The gateway, the server behind it, and another one that nothing may reach."""

    gateway: GatewayProcess
    recorder: Recorder
    elsewhere: Recorder
    folder: Path


@contextmanager
def running_platforms(folder: Path) -> Generator[Platforms]:
    """The running stage; at its end the gateway must still be the process that was started."""
    with loop_thread() as thread:
        recorder, elsewhere = Recorder(), Recorder()
        servers = [thread.run(each.start()) for each in (recorder, elsewhere)]
        rows = [
            ProviderRow(
                name=name,
                kind=kind,
                base_url=f"http://127.0.0.1:{recorder.port}/{name}",
                api_key=None if SIGNED in settings else f"{SECRET}-{name}",
                settings=settings,
            )
            for name, (kind, settings) in SETTINGS.items()
        ]
        text = gateway_toml(
            providers=rows, models=(), keys=[KeyRow(name="tests", key=CLIENT_KEY)], more=_models()
        )
        files = {**credential_files(rows), "aws.key": f"{SECRET}-aws"}
        try:
            with running_gateway(folder, text, files) as gateway:
                processes = gateway.processes()
                yield Platforms(
                    gateway=gateway, recorder=recorder, elsewhere=elsewhere, folder=folder
                )
                assert gateway.processes() == processes, gateway.errors()
        finally:
            for server in servers:
                thread.loop.call_soon_threadsafe(server.close)


def _models() -> str:
    parts: list[str] = []
    for name, (model, upstream_id, tier) in MODELS.items():
        said = f', tier = "{tier}"' if tier else ""
        parts.append(
            f'[models."{model}"]\naliases = ["{name}"]\n'
            f'deployments = [{{ provider = "{name}", id = "{upstream_id}"{said} }}]\n'
        )
    return "\n".join(parts)
