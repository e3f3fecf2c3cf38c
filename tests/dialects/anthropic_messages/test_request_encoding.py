"""What other dialects' requests become in Messages: a specification by example.

Each test gives a request as another dialect's decoder would, and says the exact body and losses.
"""

from detente.canonical.capability import Capabilities
from detente.canonical.content import (
    Text,
    Turn,
)
from detente.canonical.extras import Extras
from detente.canonical.request import (
    AudioOutput,
    Option,
    ReasoningControl,
)
from detente.dialects.anthropic_messages import CODEC
from detente.dialects.codec import Target
from tests.dialects.anthropic_messages.asking import WITH_SAMPLING, asked, written


def test_a_simple_question() -> None:
    request = asked(instructions=(Text(text="Be brief."),), max_output_tokens=100, stream=True)
    assert written(request) == (
        {
            "model": "claude",
            "max_tokens": 100,
            "system": "Be brief.",
            "messages": [{"role": "user", "content": "hi"}],
            "stream": True,
        },
        [],
    )


def test_the_limit_is_supplied_from_the_model_or_a_default() -> None:
    known = Target(model="claude", capabilities=Capabilities(output_tokens_max=64_000))
    assert written(asked(), known)[0]["max_tokens"] == 64_000
    assert written(asked()) == (
        {
            "model": "claude",
            "max_tokens": 8192,
            "messages": [{"role": "user", "content": "hi"}],
        },
        [],
    )


def test_sampling_by_the_version_of_the_api() -> None:
    request = asked(temperature=0.5, top_k=3, stop=("END",), service_tier="default", user="u-1")
    body, losses = written(request, WITH_SAMPLING)
    assert (body["temperature"], body["top_k"], body["stop_sequences"]) == (0.5, 3, ["END"])
    assert (body["service_tier"], body["metadata"]) == ("standard_only", {"user_id": "u-1"})
    assert losses == []
    for other in ("bedrock-2023-05-31", "vertex-2023-10-16"):
        assert written(request, Target(model="claude", api_version=other)) == (body, losses)
    body, losses = written(request)
    assert not {"temperature", "top_k"} & body.keys()
    assert losses == ["temperature", "top_k"]


def test_sampling_that_the_platform_refuses_to_combine() -> None:
    body, losses = written(asked(temperature=0.5, top_p=0.9), WITH_SAMPLING)
    assert ("top_p" in body, losses) == (False, ["top_p"])
    thinking = ReasoningControl(enabled=True, budget_tokens=2000)
    body, losses = written(asked(temperature=1, top_k=5, reasoning=thinking), WITH_SAMPLING)
    assert (body["temperature"], "top_k" in body, losses) == (1, False, ["top_k"])


def test_everything_that_messages_lacks_is_named() -> None:
    request = asked(
        frequency_penalty=0.1,
        presence_penalty=0.2,
        seed=0,
        choices=2,
        logprobs=True,
        top_logprobs=2,
        verbosity="low",
        service_tier="flex",
        metadata={"team": "shop"},
        cache_key="k",
        modalities=("text", "audio"),
        audio=AudioOutput(voice="alloy"),
        store=True,
        turns=(Turn(role="user", parts=(Text(text="hi"),), name="Ann"),),
        options=(Option(dialect="openai_chat", name="logit_bias", value={}, severity="drop"),),
        extras=Extras(dialect="openai_chat", members={"brand_new": 1}, spelling={"stop": None}),
    )
    assert written(request) == (
        {
            "model": "claude",
            "max_tokens": 8192,
            "messages": [{"role": "user", "content": "hi"}],
        },
        [
            "message_name@turns[0].name",
            "service_tier",
            "frequency_penalty",
            "presence_penalty",
            "seed",
            "logprobs",
            "logprobs@top_logprobs",
            "verbosity",
            "cache_key",
            "audio_output@audio!",
            "store",
            "metadata",
            "choices!",
            "modalities!",
            "native_option@logit_bias",
            "unknown_member@brand_new",
        ],
    )


def test_what_asks_for_nothing_is_no_loss() -> None:
    request = asked(
        choices=1,
        logprobs=False,
        store=False,
        modalities=("text",),
        temperature=1.0,
        top_p=1,
        frequency_penalty=0,
        presence_penalty=0.0,
    )
    assert written(request)[1] == []


def test_an_option_of_its_own_finds_its_place() -> None:
    request = CODEC.decode_request(
        b'{"model":"m","max_tokens":5,"messages":[],"thinking":{"type":"adaptive",'
        b'"block_binding":{"x":1}},"output_config":{"task_budget":{"type":"tokens","total":9}},'
        b'"inference_geo":"us","anthropic_version":"bedrock-2023-05-31"}'
    )
    assert [(option.name, option.severity) for option in request.options] == [
        ("inference_geo", "refuse"),
        ("output_config.task_budget", "drop"),
        ("thinking.block_binding", "drop"),
    ]
    body, losses = written(request)
    assert losses == []
    assert body == {
        "model": "claude",
        "max_tokens": 5,
        "messages": [],
        "thinking": {"type": "adaptive", "block_binding": {"x": 1}},
        "output_config": {"task_budget": {"type": "tokens", "total": 9}},
        "inference_geo": "us",
        "anthropic_version": "bedrock-2023-05-31",
    }
