"""Official clients, unmodified, at simulated platforms over TLS: the same answers as without it.

The clients trust the run's own authority by the variables that each of them reads; without these
none of them takes the certificate.
"""

import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import anthropic
import msgspec
import openai
import pytest

from bench import certificates
from detente.configuration.schema import ProviderKindName, SimulatedProvider
from detente.providers import compatible_rows
from detente.simulator import Simulator, SimulatorThread
from tests.platforms.clients import CALLS, Place
from tests.platforms.matrix import ROWS, TOKENS, Row
from tests.sim.conftest import KEY
from tests.sim.test_oci_client import (
    MODEL,
    asked,
    chunks_of,
    client_of,
    generic,
    key,
    public_pem,
    said,
)

VARIABLES = ("SSL_CERT_FILE", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
"""What clients of httpx, botocore's, and those of requests read."""


class Twice(msgspec.Struct, frozen=True, kw_only=True):
    """Each platform without TLS and with it."""

    plain: dict[ProviderKindName, SimulatorThread]
    secure: dict[ProviderKindName, SimulatorThread]
    authority: Path

    def ask(self, row: Row, *, secure: bool, streamed: bool) -> object:
        """What a row's client gets."""
        simulator = (self.secure if secure else self.plain)[row.kind]
        url = simulator.base_url.removesuffix("/v1")
        place = Place(url=url, key=KEY, model=row.model, secret=KEY)
        return CALLS[row.client](place, streamed)


@pytest.fixture(name="tls", scope="module")
def _tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    made = certificates.make(tmp_path_factory.mktemp("tls"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.chain, made.private_key)
    return context, made.authority


@pytest.fixture(name="twice", scope="module")
def _twice(tls: tuple[ssl.SSLContext, Path]) -> Iterator[Twice]:
    context, authority = tls
    with ExitStack() as stack:
        found: list[dict[ProviderKindName, SimulatorThread]] = []
        for given in (None, context):
            running: dict[ProviderKindName, SimulatorThread] = {}
            for kind in dict.fromkeys(row.kind for row in ROWS):
                models = [row.model for row in ROWS if row.kind == kind]
                simulator = Simulator(
                    kind,
                    models=models,
                    api_key=KEY,
                    behaviour=SimulatedProvider(tokens=TOKENS),
                    tls=given,
                )
                running[kind] = stack.enter_context(SimulatorThread(simulator))
            found.append(running)
        yield Twice(plain=found[0], secure=found[1], authority=authority)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.client} at {row.kind}")
def test_the_same_answers(twice: Twice, monkeypatch: pytest.MonkeyPatch, row: Row) -> None:
    for name in VARIABLES:
        monkeypatch.setenv(name, str(twice.authority))
    for streamed in (False, True):
        secure = twice.ask(row, secure=True, streamed=streamed)
        assert secure
        assert secure == twice.ask(row, secure=False, streamed=streamed)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.client} at {row.kind}")
def test_nobody_takes_a_strangers_certificate(
    twice: Twice, monkeypatch: pytest.MonkeyPatch, row: Row
) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    before = len(twice.secure[row.kind].requests)
    with pytest.raises(Exception, match=r"(?i)connect|certificate|ssl"):
        twice.ask(row, secure=True, streamed=False)
    assert len(twice.secure[row.kind].requests) == before


def test_oracles_client(tls: tuple[ssl.SSLContext, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    context, authority = tls
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority))
    running = Simulator("oci", models=[MODEL], api_key=public_pem(key()), tls=context)
    with SimulatorThread(running) as simulator:
        assert simulator.base_url.startswith("https://")
        assert asked(client_of(simulator), generic(said("hi"))).choices
        assert chunks_of(client_of(simulator), generic(said("hi"), is_stream=True))


def test_claude_platform_on_aws(tls: tuple[ssl.SSLContext, Path]) -> None:
    context, authority = tls
    trust = ssl.create_default_context(cafile=authority)
    running = Simulator("anthropic_aws", models=["m"], api_key=KEY, tls=context)
    with (
        SimulatorThread(running) as simulator,
        anthropic.Anthropic(
            base_url=simulator.base_url,
            auth_token=KEY,
            default_headers={"anthropic-workspace-id": "wrkspc"},
            http_client=anthropic.DefaultHttpxClient(verify=trust),
        ) as client,
    ):
        turns: Any = [{"role": "user", "content": "hi"}]
        assert client.messages.create(model="m", max_tokens=9, messages=turns).content


def test_every_host_of_openais_dialects(tls: tuple[ssl.SSLContext, Path]) -> None:
    context, authority = tls
    trust = ssl.create_default_context(cafile=authority)
    turns: Any = [{"role": "user", "content": "hi"}]
    for kind in (*compatible_rows(), "openai_compatible"):
        with (
            SimulatorThread(Simulator(kind, models=["m"], api_key=KEY, tls=context)) as simulator,
            openai.OpenAI(
                base_url=simulator.base_url,
                api_key=KEY,
                max_retries=0,
                http_client=openai.DefaultHttpxClient(verify=trust),
            ) as client,
        ):
            assert client.chat.completions.create(model="m", messages=turns).choices, kind
            pieces = client.chat.completions.create(model="m", messages=turns, stream=True)
            assert list(pieces), kind
