"""Simulated moderation, asked by OpenAI's own client."""

from collections.abc import Iterator

import openai
import pytest

from detente.simulator import Simulator, SimulatorThread


@pytest.fixture(scope="module")
def client() -> Iterator[openai.OpenAI]:
    with SimulatorThread(Simulator("openai", models=["m"], api_key="k")) as running:
        yield openai.OpenAI(base_url=running.base_url, api_key="k", max_retries=0)


def test_every_text_has_a_result(client: openai.OpenAI) -> None:
    found = client.moderations.create(input=["a hateful text", "a kind text"])
    first, second = found.results
    assert found.model == "omni-moderation-2024-09-26"
    assert (first.flagged, first.categories.hate, first.categories.violence) == (True, True, False)
    assert first.category_scores.hate > 0.5 > first.category_scores.sexual_minors
    assert first.category_applied_input_types.hate == ["text"]
    assert second.flagged is False
    assert second.categories.self_harm_instructions is False


def test_one_text_and_the_parts_of_one_input_have_one_result(client: openai.OpenAI) -> None:
    (one,) = client.moderations.create(input="violent").results
    assert one.categories.violence
    (parts,) = client.moderations.create(
        model="omni-moderation-latest",
        input=[
            {"type": "text", "text": "suicidal"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
        ],
    ).results
    assert parts.categories.self_harm


def test_what_is_wrong_is_openais_own_error(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="Invalid value for 'model'"):
        client.moderations.create(input="x", model="m")
    with pytest.raises(openai.BadRequestError, match="Invalid type for 'input'"):
        client.moderations.create(input=[])
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="other").moderations.create(input="x")
