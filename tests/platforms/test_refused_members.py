"""Clients of other dialects at hosts that refuse members: what their requests become there is named
in the answer, and never ends in the host's own error."""

import json
from collections.abc import Iterator
from typing import Any, Final

import anthropic
import httpx2
import pytest

from detente.configuration.schema import ProviderKindName
from detente.dialects.openai_chat.words import OPTIONS
from detente.providers import compatible_rows
from tests.platforms.hosts import CLIENT_KEY, Hosts, running_hosts

ROWS = compatible_rows()
REFUSING: Final[list[ProviderKindName]] = ["groq", "cerebras", "mistral"]

GEMINI: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "frequency_penalty": ({"frequencyPenalty": 0.5}, "frequency_penalty"),
    "presence_penalty": ({"presencePenalty": 0.5}, "presence_penalty"),
    "logprobs": ({"responseLogprobs": True}, "logprobs"),
    "top_logprobs": ({"responseLogprobs": True, "logprobs": 2}, "logprobs@top_logprobs"),
}
"""What a Gemini client asks with, for each member that some row refuses, and the loss."""
NOT_WRITTEN: Final = {"n", *OPTIONS}
"""Refused members that no translation writes, or that have a test of their own."""


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    with running_hosts(tmp_path_factory.mktemp("refusing"), REFUSING) as running:
        yield running


def gemini(hosts: Hosts, name: str, config: dict[str, Any]) -> httpx2.Response:
    return httpx2.post(
        f"{hosts.gateway.base_url}/v1beta/models/{name}%2Fm:generateContent",
        json={
            "contents": [{"role": "user", "parts": [{"text": "count to 9"}]}],
            "generationConfig": {"maxOutputTokens": 3, **config},
        },
        headers={"x-goog-api-key": CLIENT_KEY},
    )


def said_to(hosts: Hosts, name: str) -> Any:
    return json.loads(hosts.simulators[name].requests[-1].body)


def test_every_row_that_refuses_is_here() -> None:
    refusing = {name for name, row in ROWS.items() if row.refused}
    assert refusing == {name for name in REFUSING if name in ROWS}
    named = {member for row in ROWS.values() for member in row.refused}
    assert named <= GEMINI.keys() | NOT_WRITTEN


@pytest.mark.parametrize(
    ("name", "member"),
    [(name, one) for name, row in ROWS.items() for one in row.refused if one in GEMINI],
)
def test_what_a_row_refuses_is_left_out_and_named(hosts: Hosts, name: str, member: str) -> None:
    config, loss = GEMINI[member]
    chats = {"seed": 1, "stopSequences": ["x"]}  # Groq's other dialect would lose more
    answer = gemini(hosts, name, {**config, **chats})
    assert answer.status_code == 200, answer.text
    assert loss in answer.headers["x-detente-loss"].split(", ")
    assert member not in said_to(hosts, name)
    assert answer.json()["candidates"][0]["content"]["parts"][0]["text"] == "1 2 3"


def test_several_answers_are_no_loss_that_is_allowed(hosts: Hosts) -> None:
    before = len(hosts.simulators["groq"].requests)
    answer = gemini(hosts, "groq", {"candidateCount": 2})
    assert answer.status_code == 422, answer.text
    assert "`choices`" in answer.text
    assert len(hosts.simulators["groq"].requests) == before
    alone = gemini(hosts, "groq", {"candidateCount": 1})
    assert (alone.status_code, "n" in said_to(hosts, "groq")) == (200, False)
    assert "choices" not in alone.headers["x-detente-loss"]
    assert len(gemini(hosts, "cerebras", {"candidateCount": 2}).json()["candidates"]) == 2


@pytest.mark.parametrize("stream", [False, True])
def test_anthropics_client_names_its_user(hosts: Hosts, stream: bool) -> None:
    url = hosts.gateway.base_url
    with anthropic.Anthropic(base_url=url, api_key=CLIENT_KEY, max_retries=0) as client:
        raw = client.messages.with_raw_response.create(
            model="mistral/m",
            max_tokens=3,
            messages=[{"role": "user", "content": "count to 9"}],
            metadata={"user_id": "u"},
            service_tier="standard_only",
            stream=stream,
        )
    assert raw.headers["x-detente-loss"].split(", ") == ["service_tier", "user"]
    assert {"user", "service_tier"}.isdisjoint(said_to(hosts, "mistral"))


def test_the_responses_client_at_mistral(hosts: Hosts) -> None:
    answer = httpx2.post(
        f"{hosts.gateway.base_url}/v1/responses",
        json={
            "model": "mistral/m",
            "input": "count to 9",
            "store": False,
            "safety_identifier": "u",
            "text": {"verbosity": "low"},
            "service_tier": "auto",
            "metadata": {"a": "b"},
        },
        headers={"authorization": f"Bearer {CLIENT_KEY}"},
    )
    assert answer.status_code == 200, answer.text
    lost = answer.headers["x-detente-loss"].split(", ")
    assert {"user", "verbosity"} <= set(lost)
    assert "service_tier" not in lost
    told = said_to(hosts, "mistral")
    assert {"store", "user", "verbosity", "service_tier", "safety_identifier"}.isdisjoint(told)


def test_a_host_that_refuses_nothing_gets_them(hosts: Hosts) -> None:
    answer = gemini(hosts, "cerebras", {"responseLogprobs": True, "logprobs": 2})
    assert answer.status_code == 200
    assert (said_to(hosts, "cerebras")["top_logprobs"], answer.headers["x-detente-loss"]) == (
        2,
        "none",
    )


@pytest.mark.parametrize(
    ("media_type", "loss"), [("application/pdf", "document"), ("audio/wav", "audio_input")]
)
def test_files_and_sound_are_not_sent_in_a_form_that_mistral_refuses(
    hosts: Hosts, media_type: str, loss: str
) -> None:
    before = len(hosts.simulators["mistral"].requests)
    part = {"inlineData": {"mimeType": media_type, "data": "aGk="}}
    answer = httpx2.post(
        f"{hosts.gateway.base_url}/v1beta/models/mistral%2Fm:generateContent",
        json={"contents": [{"role": "user", "parts": [{"text": "hi"}, part]}]},
        headers={"x-goog-api-key": CLIENT_KEY},
    )
    assert answer.status_code == 422, answer.text
    assert f"`{loss}@" in answer.text
    assert len(hosts.simulators["mistral"].requests) == before
