"""The official clients of Vertex AI against a simulated one: Google's, Anthropic's and OpenAI's."""

# pyright: reportUnknownMemberType=false
# Google's client leaves parts of itself untyped.

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import anthropic
import httpx2
import msgspec
import openai
import pytest
from google.genai import errors, types

from detente.configuration.schema import SimulatedProvider
from detente.simulator import Simulator, SimulatorThread
from detente.simulator.identity import issue
from detente.simulator.identity.google import CLOUD_PLATFORM
from tests.platforms import vertex_calls as calls
from tests.platforms.vertex_calls import CALLS, Place

KEY = "express-key"
HOUR = timedelta(hours=1)


def token(audience: str = CLOUD_PLATFORM, *, lives: timedelta = HOUR) -> str:
    """A token of Google's that holds for `lives` from now on, or ended so long ago."""
    now = datetime.now(UTC)
    return issue(subject="me", audience=audience, issued_at=now - 2 * HOUR, expires_at=now + lives)


@pytest.fixture(name="simulator", scope="module")
def _simulator() -> Iterator[SimulatorThread]:
    simulated = Simulator(
        "vertex",
        models=calls.MODELS,
        api_key=KEY,
        issued_tokens=True,
        behaviour=SimulatedProvider(tokens=6, provisioned=(calls.GEMINI,)),
        project=calls.PROJECT,
        region=calls.LOCATION,
    )
    with SimulatorThread(simulated) as running:
        yield running


@pytest.fixture(name="place", scope="module")
def _place(simulator: SimulatorThread) -> Place:
    return Place(url=simulator.base_url, token=token())


def refused(place: Place) -> list[tuple[int, str]]:
    """What each client is refused with: status, and Google's word for it."""
    found: list[tuple[int, str]] = []
    with pytest.raises(errors.APIError) as google:
        calls.google(place).models.generate_content(model=calls.GEMINI, contents="hi")
    found.append((google.value.code, google.value.status or ""))
    with calls.claude(place) as claude, pytest.raises(anthropic.APIStatusError) as raw:
        claude.messages.create(model=calls.CLAUDE, max_tokens=9, messages=calls.TURNS)
    found.append((raw.value.status_code, _status(raw.value.body)))
    with calls.responses(place) as client, pytest.raises(openai.APIStatusError) as told:
        client.responses.create(model=calls.GPT, input="hi")
    found.append((told.value.status_code, _status(told.value.body)))
    with calls.chat(place) as client, pytest.raises(openai.APIStatusError) as told:
        client.chat.completions.create(model=calls.LLAMA, messages=calls.TURNS)
    found.append((told.value.status_code, _status(told.value.body)))
    return found


def _status(body: Any) -> str:
    inner: Any = cast("list[Any]", body)[0] if isinstance(body, list) else body
    return str(inner.get("error", inner)["status"])


@pytest.mark.parametrize("name", CALLS)
def test_a_call(place: Place, name: str) -> None:
    assert CALLS[name](place)


def test_an_answer_and_its_tools(place: Place) -> None:
    answer = calls.google(place).models.generate_content(
        model=calls.GEMINI, contents=calls.QUESTION
    )
    assert answer.text == "hello there"
    usage = answer.usage_metadata
    assert usage is not None
    assert usage.traffic_type == types.TrafficType.PROVISIONED_THROUGHPUT
    called: Any = CALLS["gemini, tools"](place)
    part = called["candidates"][0]["content"]["parts"][0]
    assert part["function_call"]["args"] == {"city": "Paris"}
    claude: Any = CALLS["claude, tools"](place)
    assert claude["stop_reason"] == "tool_use"
    assert claude["content"][0]["input"] == {"city": "Paris"}


def test_what_is_forbidden(place: Place) -> None:
    prompt: Any = CALLS["gemini, a blocked prompt"](place)
    assert prompt["prompt_feedback"]["block_reason"] == types.BlockedReason.SAFETY
    answer: Any = CALLS["gemini, a blocked answer"](place)
    assert answer["candidates"][0]["finish_reason"] == types.FinishReason.SAFETY
    with calls.claude(place) as client:
        turns: Any = [{"role": "user", "content": "forbidden prompt"}]
        told = client.messages.create(model=calls.CLAUDE, max_tokens=9, messages=turns)
    assert told.stop_reason == "refusal"


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ("nobody's", 401),
        ("a.b.c", 401),
        (token(lives=-HOUR), 401),
        (token("https://www.googleapis.com/auth/drive"), 403),
    ],
    ids=["garbled", "unknown", "expired", "another scope"],
)
def test_a_wrong_token(place: Place, wrong: str, status: int) -> None:
    word = {401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED"}[status]
    found = refused(msgspec.structs.replace(place, token=wrong))
    assert found == [(status, word)] * 4


def test_another_project(place: Place) -> None:
    found = refused(msgspec.structs.replace(place, project="not-ours"))
    assert found == [(403, "PERMISSION_DENIED")] * 4


def test_a_location_that_has_none_of_the_models(place: Place) -> None:
    found = refused(msgspec.structs.replace(place, location="us-central1"))
    assert found == [(404, "NOT_FOUND")] * 4


def test_an_unknown_model(place: Place) -> None:
    with pytest.raises(errors.ClientError) as caught:
        calls.google(place).models.generate_content(model="gemini-0", contents="hi")
    assert caught.value.code == 404
    name = f"projects/{calls.PROJECT}/locations/{calls.LOCATION}/publishers/google/models/gemini-0"
    assert f"Publisher Model `{name}` was not found" in str(caught.value.message)


def test_express_mode(simulator: SimulatorThread, place: Place) -> None:
    client = calls.express(simulator.base_url, KEY)
    answer = client.models.generate_content(model=calls.GEMINI, contents=calls.QUESTION)
    assert answer.text == "hello there"
    stranger = calls.express(simulator.base_url, "wrong")
    with pytest.raises(errors.ClientError) as caught:
        stranger.models.generate_content(model=calls.GEMINI, contents="hi")
    assert (caught.value.code, caught.value.status) == (400, "INVALID_ARGUMENT")
    keyed = httpx2.post(
        f"{place.below}/publishers/google/models/{calls.GEMINI}:generateContent",
        headers={"x-goog-api-key": KEY},
        json={},
    )
    assert keyed.status_code == 401
    assert keyed.json()["error"]["message"].startswith("API keys are not supported")


def test_models_are_listed(place: Place) -> None:
    found = list(calls.google(place).models.list(config={"query_base": True}))
    assert found[0].name == f"publishers/google/models/{calls.GEMINI}"


def test_dedicated_throughput(place: Place) -> None:
    options = types.HttpOptions(headers={"X-Vertex-AI-LLM-Request-Type": "dedicated"})
    config = types.GenerateContentConfig(http_options=options)
    calls.google(place).models.generate_content(model=calls.GEMINI, contents="hi", config=config)
    dedicated = {"X-Vertex-AI-LLM-Request-Type": "dedicated"}
    with calls.claude(place) as client, pytest.raises(anthropic.RateLimitError):
        client.messages.create(
            model=calls.CLAUDE, max_tokens=9, messages=calls.TURNS, extra_headers=dedicated
        )


def test_several_texts_of_a_text_embedding_model(place: Place) -> None:
    found: Any = CALLS["text embeddings, several"](place)
    assert [len(one["values"]) for one in found["embeddings"]] == [4, 4]
