"""What other dialects' requests become: the exact body, and the exact losses."""

from detente.canonical.content import (
    Text,
    Turn,
)
from detente.canonical.extras import Extras
from detente.canonical.request import (
    AudioOutput,
    Option,
    OutputFormat,
    ReasoningControl,
    Tool,
    ToolChoice,
)
from tests.dialects.bedrock_converse.asking import (
    HI,
    LLAMA,
    NOVA,
    SCHEMA,
    asking,
    encoded,
    said,
    user,
)


def test_a_plain_question() -> None:
    body, losses = encoded(
        asking(
            said("system", Text(text="be brief")),
            user(),
            max_output_tokens=100,
            temperature=0.5,
            top_p=0.9,
            stop=("END",),
            stream=True,
            asks_usage=True,
        )
    )
    assert body == {
        "system": [{"text": "be brief"}],
        "messages": [HI],
        "inferenceConfig": {
            "maxTokens": 100,
            "temperature": 0.5,
            "topP": 0.9,
            "stopSequences": ["END"],
        },
    }
    assert losses == []


def test_a_schema_for_the_answer() -> None:
    form = OutputFormat(
        kind="json_schema", name="City", description="one", schema=SCHEMA, strict=True
    )
    body, losses = encoded(asking(output_format=form))
    assert body["outputConfig"] == {
        "textFormat": {
            "type": "json_schema",
            "structure": {
                "jsonSchema": {
                    "schema": '{"type":"object","properties":{"city":{"type":"string"}}}',
                    "name": "City",
                    "description": "one",
                }
            },
        }
    }
    assert losses == []
    assert encoded(asking(output_format=OutputFormat(kind="json_object"))) == (
        {"messages": [HI]},
        ["refuse json_object@output_format"],
    )
    assert encoded(asking(output_format=OutputFormat(kind="text"))) == ({"messages": [HI]}, [])


def test_members_without_a_place_are_named() -> None:
    body, losses = encoded(
        asking(
            top_k=5,
            frequency_penalty=0.1,
            presence_penalty=0.2,
            seed=7,
            choices=2,
            logprobs=True,
            top_logprobs=3,
            verbosity="low",
            user="u",
            cache_key="k",
            modalities=("text", "audio"),
            audio=AudioOutput(voice="v"),
            store=True,
            service_tier="scale",
            metadata={"team": "a", "odd": "ä"},
            options=(
                Option(dialect="openai_chat", name="prediction", value={}, severity="drop"),
                Option(dialect="openai_responses", name="conversation", value=1, severity="refuse"),
            ),
            extras=Extras(dialect="openai_chat", members={"brand_new": 1}),
        ),
        LLAMA,
    )
    assert body == {"messages": [HI], "requestMetadata": {"team": "a"}}
    assert sorted(losses) == sorted(
        [
            "drop top_k",
            "drop frequency_penalty",
            "drop presence_penalty",
            "drop seed",
            "refuse choices",
            "drop logprobs",
            "drop verbosity",
            "drop user",
            "drop cache_key",
            "refuse modalities",
            "refuse audio_output@audio",
            "drop store",
            "drop service_tier",
            "drop metadata",
            "drop native_option@prediction",
            "refuse native_option@conversation",
            "drop unknown_member@brand_new",
        ]
    )


def test_members_with_a_place_of_their_own() -> None:
    body, losses = encoded(asking(top_k=5, service_tier="flex", store=False, choices=1), NOVA)
    assert body == {
        "messages": [HI],
        "additionalModelRequestFields": {"inferenceConfig": {"topK": 5}},
        "serviceTier": {"type": "flex"},
    }
    assert losses == []
    assert encoded(asking(top_k=5))[0]["additionalModelRequestFields"] == {"top_k": 5}
    assert encoded(asking(service_tier="auto")) == ({"messages": [HI]}, [])


def test_unknown_members_of_others_are_named_where_they_stood() -> None:
    extras = Extras(dialect="openai_chat", members={"new": 1}, spelling={"old": None})
    body, losses = encoded(
        asking(
            Turn(role="user", parts=(Text(text="hi", extras=extras),), extras=extras),
            tools=(Tool(name="f", extras=extras),),
            tool_choice=ToolChoice(kind="required", extras=extras),
            output_format=OutputFormat(kind="json_schema", schema={}, extras=extras),
            reasoning=ReasoningControl(effort="low", extras=extras),
        )
    )
    assert body["messages"] == [HI]
    assert sorted(losses) == [
        "drop unknown_member@output_format.new",
        "drop unknown_member@reasoning.new",
        "drop unknown_member@tool_choice.new",
        "drop unknown_member@tools[0].new",
        "drop unknown_member@turns[0].new",
        "drop unknown_member@turns[0].parts[0].new",
    ]
