"""The official OpenAI client's older text completions against a simulated OpenAI and Azure."""

from collections.abc import Iterator

import openai
import pytest

from detente.simulator import SimulatorThread
from tests.sim.conftest import KEY

MODEL = "gpt-4"


@pytest.fixture
def client(openai_simulator: SimulatorThread) -> Iterator[openai.OpenAI]:
    url = openai_simulator.base_url
    with openai.OpenAI(base_url=url, api_key=KEY, max_retries=0) as client:
        yield client


def test_an_answer_and_its_usage(client: openai.OpenAI) -> None:
    answer = client.completions.create(model=MODEL, prompt="echo hi there")
    assert (answer.object, answer.choices[0].text) == ("text_completion", "hi there")
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (3, 2)


def test_sixteen_tokens_are_the_bound_where_none_is_given(client: openai.OpenAI) -> None:
    short = client.completions.create(model=MODEL, prompt="count to 20").choices[0]
    assert (short.text.split()[-1], short.finish_reason) == ("16", "length")
    whole = client.completions.create(model=MODEL, prompt="count to 20", max_tokens=50).choices[0]
    assert (whole.text.split()[-1], whole.finish_reason) == ("20", "stop")


def test_a_stream_with_usage(client: openai.OpenAI) -> None:
    stream = client.completions.create(
        model=MODEL, prompt="count to 3", stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert [chunk.choices[0].text for chunk in chunks[:-1]] == ["1", " 2", " 3", ""]
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 3


def test_several_prompts_several_answers_and_their_echo(client: openai.OpenAI) -> None:
    answer = client.completions.create(model=MODEL, prompt=["echo a", "echo b"], n=2, echo=True)
    assert [choice.text for choice in answer.choices] == [
        "echo aa",
        "echo a(2) a",
        "echo bb",
        "echo b(2) b",
    ]
    assert [choice.index for choice in answer.choices] == [0, 1, 2, 3]
    stream = client.completions.create(model=MODEL, prompt="echo a", echo=True, stream=True)
    assert "".join(chunk.choices[0].text for chunk in stream) == "echo aa"


def test_prompts_of_tokens_and_stops(client: openai.OpenAI) -> None:
    assert client.completions.create(model=MODEL, prompt=[1, 2, 3]).choices[0].text
    assert len(client.completions.create(model=MODEL, prompt=[[1], [2]]).choices) == 2
    stopped = client.completions.create(model=MODEL, prompt="count to 9", stop=[" 4", "x"])
    assert (stopped.choices[0].text, stopped.choices[0].finish_reason) == ("1 2 3", "stop")


def test_what_is_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="does not exist"):
        client.completions.create(model="gpt-9", prompt="hi")
    with pytest.raises(openai.BadRequestError, match="support insert"):
        client.completions.create(model=MODEL, prompt="hi", suffix="!")
    with pytest.raises(openai.BadRequestError, match="more choices"):
        client.completions.create(model=MODEL, prompt="hi", n=3, best_of=2)
    with pytest.raises(openai.BadRequestError, match="must not be empty"):
        client.completions.create(model=MODEL, prompt=list[str]())
    with pytest.raises(openai.BadRequestError, match="stream_options"):
        client.completions.create(model=MODEL, prompt="hi", stream_options={"include_usage": True})
    with pytest.raises(openai.BadRequestError, match="model parameter"):
        client.post("/completions", body={"prompt": "hi"}, cast_to=object)


@pytest.mark.parametrize("version", ["2024-10-21", "v1"])
def test_azure_has_them_in_both_styles(azure_simulator: SimulatorThread, version: str) -> None:
    url = azure_simulator.base_url
    if version == "v1":
        client = openai.OpenAI(base_url=url + "/openai/v1", api_key=KEY, max_retries=0)
    else:
        client = openai.AzureOpenAI(
            azure_endpoint=url, api_key=KEY, api_version=version, max_retries=0
        )
    with client:
        assert client.completions.create(model=MODEL, prompt="echo hi").choices[0].text == "hi"
