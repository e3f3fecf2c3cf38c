"""Embeddings, counted tokens, and the clients that come by other paths: in Amazon's and Google's
envelopes, on Azure's paths, by Mistral's client. No original leaves by any of them."""

import json
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, Final, cast

import httpx
import pytest

from detente.gateway.callers.access_keys import access_key_id, secret_access_key
from detente.simulator.dialects.embeddings import vector
from tests.gateway.scripts import hashed
from tests.guarded.planted import LETTER, ORIGINALS, Wire, strings_of
from tests.guarded.stage import KEYS, UPSTREAMS, model_of
from tests.pairs import test_counting, test_embedding_pairs
from tests.pairs.converse_talk import MASTER_KEY
from tests.pairs.further_stage import EMBEDDERS
from tests.pairs.further_stage import model_of as embedder_of
from tests.pairs.stage import Stage
from tests.platforms import clients
from tests.platforms.clients import CALLS, Place

ONE_AT_A_TIME: Final = test_embedding_pairs.ONE_AT_A_TIME
EMBEDDINGS: Final = tuple(product(test_embedding_pairs.CLIENTS, EMBEDDERS))
COUNTS: Final = tuple(product(test_counting.CLIENTS, test_counting.UPSTREAMS))
SAID: Final = ("text", "content", "delta", "thinking")
"""Members in which clients have text."""
TALKING: Final = [name for name in UPSTREAMS if name != "openai_completions"]
"""That one says sixteen tokens where nobody says how many."""
TOKENS_MAX: Final = 4_096


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clients of `tests.platforms` say the letter."""
    turns = [{"role": "user", "content": f"echo {LETTER}"}]
    monkeypatch.setattr(clients, "QUESTION", f"echo {LETTER}")
    monkeypatch.setattr(clients, "TURNS", turns)
    monkeypatch.setattr(clients, "TOKENS_MAX", TOKENS_MAX)
    native = {**clients.NATIVE, "max_tokens": TOKENS_MAX, "messages": turns}
    monkeypatch.setattr(clients, "NATIVE", native)


def said(value: Any) -> Iterator[str]:
    """The text in what a client tells, in order."""
    if isinstance(value, list):
        for one in cast("list[Any]", value):
            yield from said(one)
    elif isinstance(value, dict):
        for name, one in cast("dict[str, Any]", value).items():
            if isinstance(one, str) and name in SAID:
                yield one
            else:
                yield from said(one)


def place_of(stage: Stage, upstream: str, project: str) -> Place:
    """The gateway, for a caller of a project."""
    key = KEYS[project]
    id_ = access_key_id(hashed(key))
    secret = secret_access_key(MASTER_KEY, id_)
    model = model_of(upstream)
    return Place(url=stage.url, key=key, model=model, access_key=id_, secret=secret)


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize("client", CALLS)
def test_clients_by_other_paths(stage: Stage, client: str) -> None:
    """Each at two platforms, whole and streamed; what is said arrives in one piece of text."""
    first = list(CALLS).index(client) * 2
    for at, (project, stream) in enumerate(product(("typed", "alike"), (False, True))):
        upstream = TALKING[(first + at // 2) % len(TALKING)]
        place = place_of(stage, upstream, project)
        platform, wire = stage.platforms[upstream], Wire(ORIGINALS)
        platform.reset()
        told = "".join(said(CALLS[client](place, stream)))
        (received,) = platform.requests
        assert wire.leaks(received) == [], (upstream, project, stream)
        assert LETTER in told, (upstream, project, stream)


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize("client", CALLS)
def test_what_is_blocked_by_other_paths(stage: Stage, client: str) -> None:
    """A request in an error with the sentence; an answer without what is blocked, or in one."""
    upstream = TALKING[list(CALLS).index(client) % len(TALKING)]
    platform = stage.platforms[upstream]
    for stream in (False, True):
        platform.reset()
        with pytest.raises(Exception, match="policy `barred` blocks the request for"):
            CALLS[client](place_of(stage, upstream, "barred"), stream)
        assert platform.requests == ()
        place = place_of(stage, upstream, "withheld")
        if client == "ollama" or (client == "cohere" and not stream):  # no word for it, else
            with pytest.raises(Exception, match="policy `withheld` blocks the answer for") as told:
                CALLS[client](place, stream)
            found = str(told.value)
        else:
            found = str(CALLS[client](place, stream))
        assert [one for one in ORIGINALS if one in found] == [], (upstream, stream)
        assert len(platform.requests) == 1


@pytest.mark.parametrize(("client", "upstream"), EMBEDDINGS)
def test_embeddings(
    stage: Stage, client: str, upstream: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The vectors are those of the texts with stand-ins, which are the same each time."""
    monkeypatch.setattr(test_embedding_pairs, "CLIENT_KEY", KEYS["typed"])
    texts = [f"to {LETTER}", "a second text of müller@bücher.de"]
    texts = texts[:1] if ONE_AT_A_TIME in (client, upstream) else texts
    platform = stage.platforms[upstream]
    platform.reset()
    embed = test_embedding_pairs.CLIENTS[client]
    found = embed(stage.url, embedder_of(upstream), texts)
    assert embed(stage.url, embedder_of(upstream), texts) == found
    wire = Wire(ORIGINALS)
    first, second = platform.requests
    assert (wire.leaks(first), wire.leaks(second)) == ([], [])
    sent = [text for text in strings_of(first.body) if "⟨EMAIL_" in text]
    expected = [vector(EMBEDDERS[upstream].id, text, test_embedding_pairs.LENGTH) for text in sent]
    assert len(sent) == len(texts)
    assert sorted(found) == sorted(expected)


@pytest.mark.parametrize(("client", "upstream"), COUNTS)
def test_counted_tokens(
    stage: Stage, client: Any, upstream: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is counted is what the platform would be sent: stand-ins, not originals."""
    for name in ("SYSTEM", "ASKED", "FOUND", "DESCRIBED"):
        monkeypatch.setattr(test_counting, name, f"{name}: {LETTER}")
    key = KEYS["unread"]
    id_ = access_key_id(hashed(key))
    is_amazons = client == "bedrock_count_tokens"
    secret = secret_access_key(MASTER_KEY, id_) if is_amazons else key
    platform = stage.platforms[upstream]
    platform.reset()
    told = test_counting.CLIENTS[client](stage.url, id_, secret, model_of(upstream))
    (received,) = platform.requests
    assert Wire(ORIGINALS).leaks(received) == []
    again = httpx.post(
        f"http://127.0.0.1:{platform.port}{received.target}",
        content=received.body,
        headers=[one for one in received.headers if one[0] not in ("host", "content-length")],
    )
    assert again.status_code == 200
    assert str(told) in json.dumps(again.json())


def test_an_image_is_blocked_unless_a_policy_says_otherwise(stage: Stage) -> None:
    count: Callable[..., int] = test_counting.CLIENTS["openai_input_tokens"]
    platform = stage.platforms["openai_input_tokens"]
    platform.reset()
    with pytest.raises(Exception, match="parts of the request that cannot be looked at"):
        count(stage.url, "", KEYS["typed"], model_of("openai_input_tokens"))
    assert platform.requests == ()
