"""As `everywhere`, by Oracle's client, in both formats of its chat."""

import json
from typing import Any

from oci.generative_ai_inference import (  # pyright: ignore[reportMissingTypeStubs] - it has none
    models,
)

from tests.guarded.oci_talk import COMPARTMENT, told_by
from tests.guarded.said_elsewhere import TOOL, Plant, arguments_of, schema_of
from tests.pairs.oracle import oracle_client
from tests.pairs.talk import Terms


def generic(terms: Terms, plant: Plant, text: str, *, shaped: bool) -> str:
    """The format that most models have."""
    said = [
        models.SystemMessage(content=_texts(plant("system"))),
        models.UserMessage(content=_texts(plant("user")), name=plant("name")),
        models.AssistantMessage(content=_texts(plant("assistant"))),
    ]
    if not shaped:
        arguments = json.dumps(arguments_of(plant))
        said += [
            models.UserMessage(content=_texts(plant("second user"))),
            models.AssistantMessage(
                content=_texts(plant("beside the call")),
                tool_calls=[models.FunctionCall(id="c1", name=TOOL, arguments=arguments)],
            ),
            models.ToolMessage(tool_call_id="c1", content=_texts(plant("result"))),
            models.AssistantMessage(content=_texts(plant("second assistant"))),
        ]
    said.append(models.UserMessage(content=_texts(text)))
    request = models.GenericChatRequest(
        messages=said,
        stop=[plant("stop")],
        metadata={"for": plant("metadata")},
        max_tokens=terms.output_tokens,
        is_stream=terms.stream,
    )
    if shaped:
        shape = models.ResponseJsonSchema(
            name="shape", description=plant("shape"), schema=schema_of(plant), is_strict=True
        )
        request.response_format = models.JsonSchemaResponseFormat(json_schema=shape)
    else:
        request.tools = [
            models.FunctionDefinition(
                name=TOOL, description=plant("tool"), parameters=schema_of(plant)
            )
        ]
    return _told(terms, request)


def coheres(terms: Terms, plant: Plant, text: str, *, shaped: bool) -> str:
    """Cohere's."""
    said = [
        models.CohereSystemMessageV2(content=_coheres(plant("system"))),
        models.CohereUserMessageV2(content=_coheres(plant("user"))),
        models.CohereAssistantMessageV2(content=_coheres(plant("assistant"))),
    ]
    if not shaped:
        function = {"name": TOOL, "arguments": json.dumps(arguments_of(plant))}
        call = models.CohereToolCallV2(id="c1", type="FUNCTION", function=function)
        said += [
            models.CohereUserMessageV2(content=_coheres(plant("second user"))),
            models.CohereAssistantMessageV2(tool_plan=plant("plan"), tool_calls=[call]),
            models.CohereToolMessageV2(tool_call_id="c1", content=_coheres(plant("result"))),
            models.CohereAssistantMessageV2(content=_coheres(plant("second assistant"))),
        ]
    said.append(models.CohereUserMessageV2(content=_coheres(text)))
    request = models.CohereChatRequestV2(
        messages=said,
        stop_sequences=[plant("stop")],
        max_tokens=terms.output_tokens,
        is_stream=terms.stream,
    )
    if shaped:
        request.response_format = models.CohereResponseJsonFormat(schema=schema_of(plant))
    else:
        declared = models.Function(
            name=TOOL, description=plant("tool"), parameters=schema_of(plant)
        )
        request.tools = [models.CohereToolV2(type="FUNCTION", function=declared)]
    return _told(terms, request)


def _texts(text: str) -> list[Any]:
    return [models.TextContent(text=text)]


def _coheres(text: str) -> list[Any]:
    return [models.CohereTextContentV2(text=text)]


def _told(terms: Terms, request: Any) -> str:
    details = models.ChatDetails(
        compartment_id=COMPARTMENT,
        serving_mode=models.OnDemandServingMode(model_id=terms.model),
        chat_request=request,
    )
    data = oracle_client(terms.url, terms.key).chat(details).data
    if terms.stream:
        return told_by([json.loads(event.data) for event in data.events()]).text
    answer = data.chat_response
    message = answer.choices[0].message if hasattr(answer, "choices") else answer.message
    return "".join(part.text for part in message.content)
