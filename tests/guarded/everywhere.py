"""The largest request that each official client writes: somebody's data wherever it takes text.

In the system prompt, earlier turns, arguments and results of tools, names of who speaks, notes on
the request; then either in the descriptions and schemas of tools, or (`shaped`), since not all
platforms take both, in the shape that the answer must have.

>>> everywhere = EVERYWHERE["anthropic_messages"]
>>> everywhere(Terms(url=url, model=model, key=key), plant, "echo to ann@contoso.com", shaped=False)
'to ann@contoso.com'
"""

import json
from typing import Any, Final, Protocol

import boto3  # pyright: ignore[reportMissingTypeStubs] - it has none
import cohere
import ollama
from anthropic import Anthropic
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs] - as above
from google import genai
from google.genai import types

from detente.gateway.callers.access_keys import access_key_id, secret_access_key
from tests.gateway.scripts import hashed
from tests.guarded.openai_everywhere import chat, completions, responses
from tests.guarded.oracle_everywhere import coheres, generic
from tests.guarded.said_elsewhere import TOOL, Plant, arguments_of, called, function, schema_of
from tests.pairs.cohere_talk import from_cohere, from_cohere_events
from tests.pairs.converse_talk import MASTER_KEY
from tests.pairs.talk import Terms
from tests.pairs.told import from_converse, from_gemini, from_message
from tests.pairs.told_streamed import from_converse_events


def messages(terms: Terms, plant: Plant, text: str, *, shaped: bool) -> str:
    """Anthropic's Messages."""
    said: list[Any] = [
        {"role": "user", "content": plant("user")},
        {"role": "assistant", "content": [{"type": "text", "text": plant("assistant")}]},
    ]
    if not shaped:
        use = {"type": "tool_use", "id": "toolu_1", "name": TOOL, "input": arguments_of(plant)}
        said[1]["content"].append(use)
        given = [{"type": "text", "text": plant("result")}]
        result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": given}
        beside = {"type": "text", "text": plant("beside the result")}
        said.append({"role": "user", "content": [result, beside]})
        said.append({"role": "assistant", "content": plant("second assistant")})
    said.append({"role": "user", "content": [{"type": "text", "text": text}]})
    asked: dict[str, Any] = {
        "model": terms.model,
        "max_tokens": terms.output_tokens,
        "system": [{"type": "text", "text": plant("system")}],
        "messages": said,
        "metadata": {"user_id": plant("user id")},
        "stop_sequences": [plant("stop")],
    }
    if shaped:
        asked["output_config"] = {"format": {"type": "json_schema", "schema": schema_of(plant)}}
    else:
        tool = {"name": TOOL, "description": plant("tool"), "input_schema": schema_of(plant)}
        asked["tools"] = [tool]
    client = Anthropic(base_url=terms.url, api_key=terms.key, max_retries=0, timeout=30)
    door: Any = client.messages
    if terms.stream:
        with door.stream(**asked) as stream:
            return from_message(stream.get_final_message()).text
    return from_message(door.create(**asked)).text


def generate(terms: Terms, plant: Plant, text: str, *, shaped: bool) -> str:
    """Google's generateContent."""
    answered = [types.Part(text=plant("model"))]
    if not shaped:
        call = types.FunctionCall(name=TOOL, args=arguments_of(plant))
        answered.append(types.Part(function_call=call))
    contents: Any = [
        types.Content(role="user", parts=[types.Part(text=plant("user"))]),
        types.Content(role="model", parts=answered),
    ]
    if not shaped:
        given = types.FunctionResponse(name=TOOL, response={"found": [plant("result")]})
        contents += [
            types.Content(role="user", parts=[types.Part(function_response=given)]),
            types.Content(role="model", parts=[types.Part(text=plant("second model"))]),
        ]
    contents.append(types.Content(role="user", parts=[types.Part(text=text)]))
    config = types.GenerateContentConfig(
        system_instruction=plant("system"),
        stop_sequences=[plant("stop")],
        max_output_tokens=terms.output_tokens,
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )
    if shaped:
        config.response_mime_type = "application/json"
        config.response_json_schema = schema_of(plant)
    else:
        declared = types.FunctionDeclaration(
            name=TOOL,
            description=plant("tool"),
            parameters_json_schema=schema_of(plant),
            response_json_schema={"type": "object", "description": plant("what it gives")},
        )
        config.tools = [types.Tool(function_declarations=[declared])]
    options = types.HttpOptions(base_url=terms.url, timeout=30_000)
    client = genai.Client(api_key=terms.key, http_options=options)
    door: Any = client.models
    asked: dict[str, Any] = {"model": terms.model, "contents": contents, "config": config}
    if terms.stream:
        return from_gemini(list(door.generate_content_stream(**asked))).text
    return from_gemini([door.generate_content(**asked)]).text


def converse(terms: Terms, plant: Plant, text: str, *, shaped: bool) -> str:
    """Amazon's Converse."""
    said: list[Any] = [
        {"role": "user", "content": [{"text": plant("user")}]},
        {"role": "assistant", "content": [{"text": plant("assistant")}]},
    ]
    if not shaped:
        use = {"toolUseId": "t1", "name": TOOL, "input": arguments_of(plant)}
        said[1]["content"].append({"toolUse": use})
        result = {"toolUseId": "t1", "content": [{"json": {"a": plant("result")}}]}
        said.append({"role": "user", "content": [{"toolResult": result}]})
        said.append({"role": "assistant", "content": [{"text": plant("second assistant")}]})
    asked: dict[str, Any] = {
        "modelId": terms.model,
        "system": [{"text": plant("system")}],
        "messages": [*said, {"role": "user", "content": [{"text": text}]}],
        "inferenceConfig": {
            "maxTokens": terms.output_tokens,
            "stopSequences": [plant("stop")],
        },
        "requestMetadata": {"for": plant("metadata")},
    }
    if shaped:
        shape = {"schema": json.dumps(schema_of(plant)), "description": plant("shape")}
        format_ = {"type": "json_schema", "structure": {"jsonSchema": {**shape, "name": "shape"}}}
        asked["outputConfig"] = {"textFormat": format_}
    else:
        spec = {"name": TOOL, "description": plant("tool")}
        tool = {"toolSpec": {**spec, "inputSchema": {"json": schema_of(plant)}}}
        asked["toolConfig"] = {"tools": [tool]}
    client = amazon(terms)
    if terms.stream:
        return from_converse_events(list(client.converse_stream(**asked)["stream"])).text
    return from_converse(client.converse(**asked)).text


def amazon(terms: Terms) -> Any:
    """The client, which signs."""
    connect: Any = vars(boto3)["client"]
    access_key = access_key_id(hashed(terms.key))
    return connect(
        "bedrock-runtime",
        endpoint_url=terms.url,
        region_name="us-east-1",
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_access_key(MASTER_KEY, access_key),
        config=Config(retries={"total_max_attempts": 1}, read_timeout=30),
    )


def coheres_own(terms: Terms, plant: Plant, text: str, *, shaped: bool) -> str:
    """Cohere's chat."""
    said: list[Any] = [
        {"role": "system", "content": plant("system")},
        {"role": "user", "content": [{"type": "text", "text": plant("user")}]},
        {"role": "assistant", "content": plant("assistant")},
    ]
    if not shaped:
        said += called(plant, tool_plan=plant("plan"))
        said.append({"role": "assistant", "content": plant("second assistant")})
    asked: dict[str, Any] = {
        "model": terms.model,
        "messages": [*said, {"role": "user", "content": text}],
        "stop_sequences": [plant("stop")],
        "max_tokens": terms.output_tokens,
    }
    if shaped:
        asked["response_format"] = {"type": "json_object", "json_schema": schema_of(plant)}
    else:
        asked["tools"] = [function(plant)]
    client: Any = cohere.ClientV2(api_key=terms.key, base_url=terms.url, max_retries=0, timeout=30)
    if terms.stream:
        return from_cohere_events(list(client.chat_stream(**asked)))[0].text
    return from_cohere(client.chat(**asked)).text


def ollamas(terms: Terms, plant: Plant, text: str, *, shaped: bool) -> str:
    """Ollama's chat."""
    said: list[Any] = [
        {"role": "system", "content": plant("system")},
        {"role": "user", "content": plant("user")},
        {"role": "assistant", "content": plant("assistant")},
    ]
    if not shaped:
        said[2]["tool_calls"] = [{"function": {"name": TOOL, "arguments": arguments_of(plant)}}]
        said.append({"role": "tool", "content": plant("result"), "tool_name": TOOL})
        said.append({"role": "assistant", "content": plant("second assistant")})
    asked: dict[str, Any] = {
        "model": terms.model,
        "messages": [*said, {"role": "user", "content": text}],
        "options": {"stop": [plant("stop")], "num_predict": terms.output_tokens},
    }
    if shaped:
        asked["format"] = schema_of(plant)
    else:
        asked["tools"] = [function(plant)]
    headers = {"authorization": f"Bearer {terms.key}"}
    client: Any = ollama.Client(host=terms.url, headers=headers, timeout=30)
    lines = list(client.chat(**asked, stream=True)) if terms.stream else [client.chat(**asked)]
    return "".join(line.message.content or "" for line in lines)


class Everywhere(Protocol):
    """A client's way to ask: returns the text of the answer."""

    def __call__(self, terms: Terms, plant: Plant, text: str, *, shaped: bool) -> str: ...


EVERYWHERE: Final[dict[str, Everywhere]] = {
    "openai_chat": chat,
    "openai_responses": responses,
    "anthropic_messages": messages,
    "gemini_generate": generate,
    "bedrock_converse": converse,
    "openai_completions": completions,
    "cohere_chat": coheres_own,
    "ollama_chat": ollamas,
    "oci_generic": generic,
    "oci_coheres": coheres,
}
"""By client."""
