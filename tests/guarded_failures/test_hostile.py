"""Bodies that nobody should send: nothing leaves unseen, nothing breaks, and each refusal is one of
the client's dialect."""

import json
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Final

import msgspec
import pytest

from detente.canonical.model import Dialect
from detente.dialects import codec_of
from tests.allowances.canaries import found_in
from tests.gateway.props import Answer
from tests.gateway.scripts import KEYS, request
from tests.gateway.stage import Stage, staged
from tests.guarded_failures.dialect_requests import SAYING, request_in
from tests.guarded_failures.hostile_bodies import ANN, ENCODED, HOSTILE, MARK

CONFIGURATION = (
    """
[providers.eu]
kind = "openai_compatible"
base_url = "http://127.0.0.1:1001/v1"
host = "eu"
dialects = ["openai_chat", "openai_responses", "anthropic_messages"]

[models."tests/m"]
aliases = ["m"]
deployments = [{ provider = "eu", id = "m-eu" }]

[guardrails.policies.all]

[[guardrails.policies.all.data]]
input = "pseudonymise"
"""
    + KEYS
)
CORES: Final = {"the address": b"kanarien", "the card": b"4539771122"}


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Stage]:
    (tmp_path / "state").mkdir()
    with staged(tmp_path, monkeypatch, CONFIGURATION) as stage:
        yield stage
        assert stage.said == []
        assert stage.worker.in_flight == 0


def _sent(stage: Stage, dialect: str, make: Callable[[bytes], bytes], *headers: str) -> bool:
    """Whether the gateway sent it on; else it is refused."""
    before = len(stage.upstreams)
    asked = request_in(dialect, {"user": MARK.decode()}, stream=False)
    client = stage.client()
    client.sends(request("POST", asked.target, make(asked.body), headers=headers))
    sent = stage.upstreams[before:]
    assert found_in([(f"what {dialect} is", one.received) for one in sent], CORES) == []
    if sent:
        assert client.answers == []
        client.hangs_up()
    else:
        _check_refusal(dialect, client.answer())
    return bool(sent)


def _check_refusal(dialect: str, answer: Answer) -> None:
    assert 400 <= answer.status < 500, answer
    assert ANN not in answer.body
    codec = codec_of(msgspec.convert(dialect, Dialect))
    if codec is not None:
        told = codec.read_error(answer.body)
        assert told is not None, answer.body
        assert told.message
    assert isinstance(json.loads(answer.body), dict)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_leaves_unseen(stage: Stage, hostile: str) -> None:
    for dialect in SAYING:
        _sent(stage, dialect, HOSTILE[hostile])


@pytest.mark.parametrize("encoding", ENCODED)
def test_nor_in_an_encoding(stage: Stage, encoding: str) -> None:
    name, make = ENCODED[encoding]
    for dialect in SAYING:
        _sent(stage, dialect, make, f"content-encoding: {name.decode()}")


def test_those_that_can_be_read_are_sent_on(stage: Stage) -> None:
    """So that the others are refused for what they are, and not for being asked so."""
    read = {name for name, make in HOSTILE.items() if _sent(stage, "openai_chat", make)}
    assert {"escaped", "white space", "as a key", "as a number", "json in a string"} <= read
    assert not read & {"twice", "invalid utf-8", "utf-16", "deep list", "nul", "something after"}
