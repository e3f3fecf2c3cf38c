"""One conversation as each client dialect says it: a system prompt, a call, its result, a question.

What a dialect has no place for is said by the user. `note` stands where clients put what is theirs
(metadata, a member that nobody knows).

>>> request_in("openai_chat", {"user": "hello"}, stream=False).target
'/v1/chat/completions'
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

Texts = Mapping[str, str]
Json = dict[str, Any]
"""What is sent is JSON of many shapes."""

CALL_ID: Final = "call_0a1b2c"
SCHEMA: Final = {"type": "object", "properties": {"who": {"type": "string"}}}
FUNCTION: Final = {"name": "find", "description": "Finds somebody.", "parameters": SCHEMA}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Where a request goes, and its body."""

    target: str
    body: bytes


def _chat(texts: Texts, *, stream: bool) -> tuple[str, Json]:
    arguments = json.dumps({"who": texts["arguments"]})
    called = {"id": CALL_ID, "type": "function"}
    calls = [{**called, "function": {"name": "find", "arguments": arguments}}]
    return "/v1/chat/completions", {
        "model": "m",
        "stream": stream,
        "messages": [
            {"role": "system", "content": texts["system"]},
            {"role": "user", "content": [{"type": "text", "text": "Find them."}]},
            {"role": "assistant", "content": None, "tool_calls": calls},
            {"role": "tool", "tool_call_id": CALL_ID, "content": texts["result"]},
            {"role": "user", "content": texts["user"]},
        ],
        "tools": [{"type": "function", "function": FUNCTION}],
        "metadata": {"note": texts["note"]},
    }


def _responses(texts: Texts, *, stream: bool) -> tuple[str, Json]:
    arguments = json.dumps({"who": texts["arguments"]})
    return "/v1/responses", {
        "model": "m",
        "stream": stream,
        "store": False,
        "instructions": texts["system"],
        "input": [
            {"role": "user", "content": "Find them."},
            {
                "type": "function_call",
                "call_id": CALL_ID,
                "name": "find",
                "arguments": arguments,
            },
            {"type": "function_call_output", "call_id": CALL_ID, "output": texts["result"]},
            {"role": "user", "content": [{"type": "input_text", "text": texts["user"]}]},
        ],
        "tools": [{"type": "function", **FUNCTION}],
        "metadata": {"note": texts["note"]},
    }


def _completions(texts: Texts, *, stream: bool) -> tuple[str, Json]:
    said = ("system", "arguments", "result", "user")
    prompt = "\n".join(texts[place] for place in said)
    body = {"model": "m", "stream": stream, "prompt": prompt, "user": texts["note"]}
    return "/v1/completions", body


def _messages(texts: Texts, *, stream: bool) -> tuple[str, Json]:
    use = {"type": "tool_use", "id": CALL_ID, "name": "find", "input": {"who": texts["arguments"]}}
    result = {"type": "tool_result", "tool_use_id": CALL_ID, "content": texts["result"]}
    return "/v1/messages", {
        "model": "m",
        "stream": stream,
        "max_tokens": 500,
        "system": [{"type": "text", "text": texts["system"]}],
        "messages": [
            {"role": "user", "content": "Find them."},
            {"role": "assistant", "content": [use]},
            {"role": "user", "content": [result, {"type": "text", "text": texts["user"]}]},
        ],
        "tools": [{"name": "find", "input_schema": SCHEMA}],
        "metadata": {"user_id": texts["note"]},
    }


def _azure(texts: Texts, *, stream: bool) -> tuple[str, Json]:
    _, body = _chat(texts, stream=stream)
    return "/openai/deployments/m/chat/completions?api-version=2024-10-21", body


def _invoke(texts: Texts, *, stream: bool) -> tuple[str, Json]:
    """Whole, whatever is asked: in Amazon's frames nobody here reads text."""
    del stream
    _, body = _messages(texts, stream=False)
    del body["model"], body["stream"]
    return "/model/m/invoke", {"anthropic_version": "bedrock-2023-05-31", **body}


def _raw_predict(texts: Texts, *, stream: bool) -> tuple[str, Json]:
    _, body = _messages(texts, stream=stream)
    del body["model"]
    operation = "streamRawPredict" if stream else "rawPredict"
    place = "/v1/projects/p/locations/global/publishers/anthropic/models/m"
    return f"{place}:{operation}", {"anthropic_version": "vertex-2023-10-16", **body}


def _generate(texts: Texts, *, stream: bool) -> tuple[str, Json]:
    call = {"functionCall": {"name": "find", "args": {"who": texts["arguments"]}}}
    given = {"functionResponse": {"name": "find", "response": {"told": texts["result"]}}}
    operation = "streamGenerateContent?alt=sse" if stream else "generateContent"
    return f"/v1beta/models/m:{operation}", {
        "systemInstruction": {"parts": [{"text": texts["system"]}]},
        "contents": [
            {"role": "user", "parts": [{"text": "Find them."}]},
            {"role": "model", "parts": [call]},
            {"role": "user", "parts": [given]},
            {"role": "model", "parts": [{"text": "Found."}]},
            {"role": "user", "parts": [{"text": texts["user"]}]},
        ],
        "tools": [{"functionDeclarations": [FUNCTION]}],
        "labels": {"note": texts["note"]},
    }


def _converse(texts: Texts, *, stream: bool) -> tuple[str, Json]:
    called = {"toolUseId": CALL_ID, "name": "find", "input": {"who": texts["arguments"]}}
    given = {"toolUseId": CALL_ID, "content": [{"text": texts["result"]}]}
    operation = "converse-stream" if stream else "converse"
    return f"/model/m/{operation}", {
        "system": [{"text": texts["system"]}],
        "messages": [
            {"role": "user", "content": [{"text": "Find them."}]},
            {"role": "assistant", "content": [{"toolUse": called}]},
            {"role": "user", "content": [{"toolResult": given}, {"text": texts["user"]}]},
        ],
        "toolConfig": {"tools": [{"toolSpec": {"name": "find", "inputSchema": {"json": SCHEMA}}}]},
        "requestMetadata": {"note": texts["note"]},
    }


def _cohere(texts: Texts, *, stream: bool) -> tuple[str, Json]:
    _, body = _chat(texts, stream=stream)
    body["messages"][1]["content"] = "Find them."
    del body["messages"][2]["content"], body["metadata"]
    body["nobody_knows"] = {"note": texts["note"]}
    return "/v2/chat", body


def _ollama(texts: Texts, *, stream: bool) -> tuple[str, Json]:
    calls = [{"function": {"name": "find", "arguments": {"who": texts["arguments"]}}}]
    return "/api/chat", {
        "model": "m",
        "stream": stream,
        "messages": [
            {"role": "system", "content": texts["system"]},
            {"role": "user", "content": "Find them."},
            {"role": "assistant", "content": "", "tool_calls": calls},
            {"role": "tool", "tool_name": "find", "content": texts["result"]},
            {"role": "user", "content": texts["user"]},
        ],
        "tools": [{"type": "function", "function": FUNCTION}],
        "nobody_knows": {"note": texts["note"]},
    }


def _oci(texts: Texts, *, stream: bool) -> tuple[str, Json]:
    def turn(role: str, text: str) -> Json:
        return {"role": role, "content": [{"type": "TEXT", "text": text}]}

    arguments = json.dumps({"who": texts["arguments"]})
    call = {"type": "FUNCTION", "id": CALL_ID, "name": "find", "arguments": arguments}
    return "/20231130/actions/chat", {
        "compartmentId": "ocid1.compartment.oc1..clients",
        "servingMode": {"servingType": "ON_DEMAND", "modelId": "m"},
        "chatRequest": {
            "apiFormat": "GENERIC",
            "isStream": stream,
            "messages": [
                turn("SYSTEM", texts["system"]),
                turn("USER", "Find them."),
                {"role": "ASSISTANT", "toolCalls": [call]},
                {**turn("TOOL", texts["result"]), "toolCallId": CALL_ID},
                turn("USER", texts["user"]),
            ],
            "tools": [{"type": "FUNCTION", **FUNCTION}],
            "metadata": {"note": texts["note"]},
        },
    }


SAYING: Final[Mapping[str, Callable[..., tuple[str, Json]]]] = {
    "openai_chat": _chat,
    "openai_responses": _responses,
    "openai_completions": _completions,
    "anthropic_messages": _messages,
    "gemini_generate": _generate,
    "bedrock_converse": _converse,
    "cohere_chat": _cohere,
    "ollama_chat": _ollama,
    "oci_chat": _oci,
}
DOORS: Final[Mapping[str, Callable[..., tuple[str, Json]]]] = {
    **SAYING,
    "azure": _azure,
    "bedrock_invoke": _invoke,
    "vertex_raw_predict": _raw_predict,
}
"""The dialects, and other doors to them."""
PLACES: Final = ("system", "arguments", "result", "user", "note")


def request_in(dialect: str, texts: Texts, *, stream: bool) -> Asked:
    """The conversation in `dialect`, or as one of `DOORS` takes it."""
    target, body = DOORS[dialect](dict.fromkeys(PLACES, "Nothing.") | dict(texts), stream=stream)
    return Asked(target=target, body=json.dumps(body, ensure_ascii=stream).encode())
