"""A real engine, reached by every official client, in each dialect that it speaks.

Nobody here wrote llama.cpp's server, so what is translated is not our own idea of a protocol.
Runs where the optional runtime and model are installed; in continuous integration they are.
"""

from collections.abc import Generator
from itertools import product

import pytest

from detente.canonical.model import Dialect
from detente.demo.local_model import local_model
from tests.demo.test_local_model import needs_model
from tests.gateway_configuration import (
    KeyRow,
    ModelRow,
    ProviderRow,
    credential_files,
    gateway_toml,
)
from tests.gateway_process import running_gateway
from tests.pairs.clients import CLIENTS
from tests.pairs.converse_talk import MASTER_KEY
from tests.pairs.talk import CLIENT_KEY, Terms
from tests.pairs.told import Told

SPOKEN: tuple[Dialect, ...] = ("openai_chat", "openai_responses", "anthropic_messages")
"""What the engine speaks."""
PAIRS = [
    pytest.param(client, upstream, marks=() if upstream == "openai_chat" else pytest.mark.long)
    for client, upstream in product(CLIENTS, SPOKEN)
]
CAPITAL = "Name the capital of France."
OUTPUT_TOKENS = 24
WAIT_S = 60.0


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """A gateway before the engine; a model's name says in which dialect that is asked."""
    needs_model()
    with local_model() as address:
        rows = [
            ProviderRow(
                name=dialect,
                kind="openai_compatible",
                base_url=address + "/v1",
                settings=f'dialects = ["{dialect}"]\nhost = "us"',
            )
            for dialect in SPOKEN
        ]
        models = [
            ModelRow(name=f"tests/{dialect}", aliases=(dialect,), deployments=((dialect, "smol"),))
            for dialect in SPOKEN
        ]
        text = gateway_toml(
            providers=rows, models=models, keys=[KeyRow(name="pairs", key=CLIENT_KEY)]
        ).replace("[server]\n", '[server]\nmaster_key = { file = "master" }\n', 1)
        files = {**credential_files(rows), "master": MASTER_KEY}
        folder = tmp_path_factory.mktemp("local") / "gateway"
        with running_gateway(folder, text, files) as gateway:
            yield gateway.base_url


def asked(
    url: str, client: Dialect, upstream: Dialect, *, stream: bool, tokens: int = OUTPUT_TOKENS
) -> Told:
    """What a client is told of the capital of France."""
    terms = Terms(
        url=url,
        model=upstream,
        stream=stream,
        thinks=False,
        temperature=0.0,
        output_tokens=tokens,
        timeout_s=WAIT_S,
    )
    return CLIENTS[client](terms).ask(CAPITAL)


def check_same(told: Told, own: Told) -> None:
    """A client is told what the dialect's own client is told."""
    assert "Paris" in told.text
    assert (told.text, told.stop) == (own.text, "end")
    assert told.usage is not None
    assert own.usage is not None
    assert told.usage.input_tokens == own.usage.input_tokens > 0
    assert told.usage.output_tokens == own.usage.output_tokens > 0


@pytest.fixture(scope="module")
def own(url: str) -> dict[Dialect, Told]:
    """What the engine says in each of its dialects to that dialect's own client, as they come."""
    del url
    return {}


def told_by_own(url: str, own: dict[Dialect, Told], upstream: Dialect) -> Told:
    """See `own`; the engine is asked once."""
    if upstream not in own:
        own[upstream] = asked(url, upstream, upstream, stream=False)
    return own[upstream]


@pytest.mark.parametrize(("client", "upstream"), PAIRS)
def test_every_client_is_streamed_the_same(
    url: str, own: dict[Dialect, Told], client: Dialect, upstream: Dialect
) -> None:
    if client == upstream == "openai_responses":
        pytest.skip("OpenAI's SDK cannot read this engine's own events, which pass unchanged")
    check_same(asked(url, client, upstream, stream=True), told_by_own(url, own, upstream))


@pytest.mark.long
@pytest.mark.parametrize(("client", "upstream"), PAIRS)
def test_every_client_is_told_the_same(
    url: str, own: dict[Dialect, Told], client: Dialect, upstream: Dialect
) -> None:
    check_same(asked(url, client, upstream, stream=False), told_by_own(url, own, upstream))


@pytest.mark.long
@pytest.mark.parametrize(("client", "upstream"), PAIRS)
def test_an_answer_that_is_cut_short_says_so(url: str, client: Dialect, upstream: Dialect) -> None:
    if upstream == "openai_responses":
        pytest.skip("this engine calls an answer completed that its limit cut short")
    told = asked(url, client, upstream, stream=True, tokens=2)
    assert told.text
    assert told.stop == "length"
