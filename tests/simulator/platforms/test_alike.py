"""One prompt drives every dialect alike: the same calls, then the same report of their results."""

import base64
import json
from typing import Any

import msgspec
import pytest

from detente.canonical.extras import Json, Obj
from detente.configuration.schema import ProviderKindName
from detente.simulator.exchange import Received, Reply
from detente.simulator.platforms import platform_of
from tests.simulator.values import SETTING

PNG = b"\x89PNG\xff\xfe not really"
DATA = base64.b64encode(PNG).decode()
PROMPT = 'get_weather {"city": "Paris"} get_image {"n": 2} and report'
NAMES = ("get_weather", "get_image")
SCHEMA: Obj = {"type": "object"}
TEXT = "sunny"


def ask(kind: ProviderKindName, path: str, body: Obj) -> Any:
    request = Received(
        method="POST",
        target=platform_of(kind).base_path + path,
        headers=(("anthropic-version", "2023-06-01"),),
        body=json.dumps(body).encode(),
    )
    platform = platform_of(kind)
    setting = msgspec.structs.replace(SETTING, base_path=platform.base_path)
    answer = platform.answer(request, setting)
    assert isinstance(answer, Reply)
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


def chat() -> tuple[Json, str]:
    tools: Json = [
        {"type": "function", "function": {"name": name, "parameters": SCHEMA}} for name in NAMES
    ]
    messages: list[Json] = [{"role": "user", "content": PROMPT}]
    body: Obj = {"model": "m", "tools": tools}
    message = ask("openai", "/chat/completions", {**body, "messages": messages})["choices"][0][
        "message"
    ]
    calls = message["tool_calls"]
    messages.append(message)
    messages.extend({"role": "tool", "tool_call_id": call["id"], "content": TEXT} for call in calls)
    answer = ask("openai", "/chat/completions", {**body, "messages": messages})
    told = answer["choices"][0]["message"]["content"]
    functions = [call["function"] for call in calls]
    return [[one["name"], json.loads(one["arguments"])] for one in functions], told


def responses() -> tuple[Json, str]:
    tools: Json = [{"type": "function", "name": name, "parameters": SCHEMA} for name in NAMES]
    items: list[Json] = [{"role": "user", "content": PROMPT}]
    body: Obj = {"model": "m", "tools": tools, "reasoning": {}}
    output = ask("openai", "/responses", {**body, "input": items})["output"]
    calls = [item for item in output if item["type"] == "function_call"]
    image: Json = {"type": "input_image", "image_url": f"data:image/png;base64,{DATA}"}
    items.extend(output)
    items.extend(
        [
            {
                "type": "function_call_output",
                "call_id": call["call_id"],
                "output": [{"type": "input_text", "text": TEXT}, image],
            }
            for call in calls
        ]
    )
    told = ask("openai", "/responses", {**body, "input": items})["output"][-1]["content"][0]["text"]
    return [[call["name"], json.loads(call["arguments"])] for call in calls], told


def messages() -> tuple[Json, str]:
    turns: list[Json] = [{"role": "user", "content": PROMPT}]
    body: Obj = {
        "model": "m",
        "max_tokens": 2048,
        "tools": [{"name": name, "input_schema": SCHEMA} for name in NAMES],
        "thinking": {"type": "enabled", "budget_tokens": 1024},
    }
    content = ask("anthropic", "/v1/messages", {**body, "messages": turns})["content"]
    calls = [block for block in content if block["type"] == "tool_use"]
    source: Json = {"type": "base64", "media_type": "image/png", "data": DATA}
    results: list[Json] = [
        {
            "type": "tool_result",
            "tool_use_id": call["id"],
            "content": [{"type": "text", "text": TEXT}, {"type": "image", "source": source}],
        }
        for call in calls
    ]
    turns.append({"role": "assistant", "content": content})
    turns.append({"role": "user", "content": results})
    told = ask("anthropic", "/v1/messages", {**body, "messages": turns})["content"][-1]["text"]
    return [[call["name"], call["input"]] for call in calls], told


def generate() -> tuple[Json, str]:
    contents: list[Json] = [{"role": "user", "parts": [{"text": PROMPT}]}]
    body: Obj = {
        "tools": [{"functionDeclarations": [{"name": name} for name in NAMES]}],
        "generationConfig": {"thinkingConfig": {"includeThoughts": True}},
    }
    path = "/v1beta/models/m:generateContent"
    content = ask("gemini", path, {**body, "contents": contents})["candidates"][0]["content"]
    calls = [part["functionCall"] for part in content["parts"] if "functionCall" in part]
    image: Json = {"inlineData": {"mimeType": "image/png", "data": DATA}}
    results: list[Json] = [
        {
            "functionResponse": {
                "name": call["name"],
                "response": {"output": TEXT},
                "parts": [image],
            }
        }
        for call in calls
    ]
    contents.extend([content, {"role": "user", "parts": results}])
    answer = ask("gemini", path, {**body, "contents": contents})
    told = answer["candidates"][0]["content"]["parts"][-1]["text"]
    return [[call["name"], call["args"]] for call in calls], told


def converse() -> tuple[Json, str]:
    turns: list[Json] = [{"role": "user", "content": [{"text": PROMPT}]}]
    tools: Json = [{"toolSpec": {"name": name, "inputSchema": {"json": SCHEMA}}} for name in NAMES]
    body: Obj = {
        "toolConfig": {"tools": tools},
        "additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": 1024}},
    }
    message = ask("bedrock", "/model/m/converse", {**body, "messages": turns})["output"]["message"]
    calls = [block["toolUse"] for block in message["content"] if "toolUse" in block]
    image: Json = {"image": {"format": "png", "source": {"bytes": DATA}}}
    results: list[Json] = [
        {"toolResult": {"toolUseId": call["toolUseId"], "content": [{"text": TEXT}, image]}}
        for call in calls
    ]
    turns.extend([message, {"role": "user", "content": results}])
    answer = ask("bedrock", "/model/m/converse", {**body, "messages": turns})
    told = answer["output"]["message"]["content"][-1]["text"]
    return [[call["name"], call["input"]] for call in calls], told


def cohere() -> tuple[Json, str]:
    tools: Json = [
        {"type": "function", "function": {"name": name, "parameters": SCHEMA}} for name in NAMES
    ]
    messages: list[Json] = [{"role": "user", "content": PROMPT}]
    body: Obj = {"model": "m", "tools": tools}
    message = ask("cohere", "/v2/chat", {**body, "messages": messages})["message"]
    calls = message["tool_calls"]
    messages.append(message)
    messages.extend({"role": "tool", "tool_call_id": call["id"], "content": TEXT} for call in calls)
    told = ask("cohere", "/v2/chat", {**body, "messages": messages})["message"]["content"]
    functions = [call["function"] for call in calls]
    return [[one["name"], json.loads(one["arguments"])] for one in functions], told[0]["text"]


def ollama() -> tuple[Json, str]:
    tools: Json = [
        {"type": "function", "function": {"name": name, "parameters": SCHEMA}} for name in NAMES
    ]
    messages: list[Json] = [{"role": "user", "content": PROMPT}]
    body: Obj = {"model": "m", "tools": tools, "stream": False}
    message = ask("ollama", "/api/chat", {**body, "messages": messages})["message"]
    calls = [call["function"] for call in message["tool_calls"]]
    messages.append(message)
    messages.extend(
        {"role": "tool", "tool_name": call["name"], "content": TEXT, "images": [DATA]}
        for call in calls
    )
    told = ask("ollama", "/api/chat", {**body, "messages": messages})["message"]["content"]
    return [[call["name"], call["arguments"]] for call in calls], told


@pytest.mark.parametrize("dialect", [chat, responses, messages, generate, converse, cohere, ollama])
def test_a_tool_loop(dialect: Any) -> None:
    calls, told = dialect()
    assert calls == [["get_weather", {"city": "Paris"}], ["get_image", {"n": 2}]]
    said, _, report = told.partition("\n")
    assert said == f"The tool says: {TEXT} {TEXT}"
    results = json.loads(report)
    assert [(one["name"], one["error"], one["text"]) for one in results] == [
        (name, False, TEXT) for name in NAMES
    ]
    if dialect not in (chat, cohere):  # whose results are text
        assert [one["media"][0]["bytes"] for one in results] == [len(PNG)] * 2
