"""What simulated platforms check of a request's body and path, each by a request that fails it.

Only checks that no client's own test meets: official clients do not send most of these. Beside each
stands the request that passes it.
"""

import json
from typing import Any, Final

import msgspec
import pytest

from detente.canonical.failure import ClientFault
from detente.configuration.schema import ProviderKindName
from detente.providers import compatible_rows
from detente.simulator.exchange import Received, Reply
from detente.simulator.platforms import platform_of
from tests.simulator.values import SETTING

Obj = dict[str, Any]

TOOL: Final[Obj] = {"toolSpec": {"name": "t", "inputSchema": {"json": {"type": "object"}}}}
OTHER: Final[Obj] = {"toolSpec": {"name": "u", "inputSchema": {"json": {"type": "object"}}}}
COMPARTMENT: Final = "ocid1.compartment.oc1..aaaa"
CHAT: Final = "/20231130/actions/chat"


def user(*blocks: Obj) -> Obj:
    """A turn of Converse's."""
    return {"role": "user", "content": list(blocks)}


def document(form: str) -> Obj:
    """A turn with a document of a format."""
    given = {"format": form, "name": "n", "source": {"bytes": "aGk="}}
    return {"messages": [user({"text": "hi"}, {"document": given})]}


def calls(*ids: str) -> Obj:
    """Calls of these ids, and a result of each."""
    asked: list[Obj] = [{"toolUse": {"toolUseId": one, "name": "t", "input": {}}} for one in ids]
    told = [{"toolResult": {"toolUseId": one, "content": [{"text": "x"}]}} for one in set(ids)]
    turns: list[Obj] = [user({"text": "hi"}), {"role": "assistant", "content": asked}, user(*told)]
    return {"messages": turns, "toolConfig": {"tools": [TOOL]}}


def tools(*given: Obj) -> Obj:
    return {"messages": [user({"text": "hi"})], "toolConfig": {"tools": list(given)}}


def thinking(**said: Any) -> Obj:
    fields = {"thinking": {"type": "enabled", **said}}
    return {"messages": [user({"text": "hi"})], "additionalModelRequestFields": fields}


def claude(content: Any = "hi", role: str = "user", **more: Any) -> Obj:
    turns = [{"role": "user", "content": "hi"}]
    turns = (
        turns if (content, role) == ("hi", "user") else [*turns, {"role": role, "content": content}]
    )
    return {"model": "m", "max_tokens": 2048, "messages": turns, **more}


def function(name: str) -> Obj:
    """A conversation with a result of a function of Gemini's."""
    call: Obj = {"functionCall": {"name": "t", "args": {}}}
    told: Obj = {"functionResponse": {"name": name, "response": {}}}
    contents: list[Obj] = [
        {"role": "user", "parts": [{"text": "hi"}]},
        {"role": "model", "parts": [call]},
        {"role": "user", "parts": [told]},
    ]
    return {"contents": contents, "tools": [{"functionDeclarations": [{"name": "t"}]}]}


def batch(count: int, model: str = "models/m") -> Obj:
    one = {"model": model, "content": {"parts": [{"text": "hi"}]}}
    return {"requests": [one] * count}


def oracle(request: Obj | None = None, **details: Any) -> Obj:
    """A native chat; a detail of None is left out."""
    chat = {"apiFormat": "GENERIC", "messages": [spoken("USER")]} if request is None else request
    whole: Obj = {
        "compartmentId": COMPARTMENT,
        "servingMode": {"servingType": "ON_DEMAND", "modelId": "m"},
        "chatRequest": chat,
        **details,
    }
    return {name: value for name, value in whole.items() if value is not None}


def spoken(role: str, **more: Any) -> Obj:
    return {"role": role, "content": [{"type": "TEXT", "text": "hi"}], **more}


CALL: Final[Obj] = {"function": {"name": "t", "arguments": {}}}
ORACLES: Final[Obj] = {"type": "FUNCTION", "id": "c", "name": "t", "arguments": "{}"}
TWO: Final[Obj] = {"servingType": "ON_DEMAND", "modelId": "m", "endpointId": "m"}

Row = tuple[ProviderKindName, str, Obj, Obj, int, str]
CHECKS: Final[tuple[Row, ...]] = (
    ("bedrock", "/model/m/converse", document("pdf"), document("exe"), 400, "document.format"),
    ("bedrock", "/model/m/converse", calls("a", "b"), calls("a", "a"), 400, "duplicate Ids"),
    ("bedrock", "/model/m/converse", tools(TOOL, OTHER), tools(TOOL, TOOL), 400, "duplicate tool"),
    (
        "bedrock",
        "/model/m/converse",
        thinking(budget_tokens=1024),
        thinking(),
        400,
        "thinking.enabled.budget_tokens: Field required",
    ),
    (
        "bedrock",
        "/model/m/count-tokens",
        {"input": {"converse": {"messages": [user({"text": "hi"})]}}},
        {"input": {}},
        400,
        "must set one of the following keys",
    ),
    ("openai", "/v1/embeddings", {"model": "m", "input": "x"}, {"input": "x"}, 400, "model param"),
    (
        "openai",
        "/v1/embeddings",
        {"model": "m", "input": "x"},
        {"model": "m", "input": ""},
        400,
        "'input' must not be empty",
    ),
    ("openai", "/v1/responses", {"model": "m", "input": "x"}, {"input": "x"}, 400, "'model'"),
    (
        "anthropic",
        "/v1/messages",
        claude(thinking={"type": "enabled", "budget_tokens": 1024}, temperature=1),
        claude(thinking={"type": "enabled", "budget_tokens": 1024}, temperature=0.5),
        400,
        "`temperature` may only be set to 1",
    ),
    (
        "anthropic",
        "/v1/messages",
        claude([{"type": "text", "text": "x"}], "assistant"),
        claude([{"type": "thinking", "signature": "x"}], "assistant"),
        400,
        "thinking.thinking: Field required",
    ),
    ("gemini", "/v1beta/models/m:generateContent", function("t"), function(""), 400, "Name cannot"),
    ("gemini", "/v1beta/models/m:batchEmbedContents", batch(100), batch(101), 400, "at most 100"),
    (
        "gemini",
        "/v1beta/models/m:batchEmbedContents",
        batch(1),
        batch(1, "models/n"),
        400,
        "must match the one in the URL",
    ),
    (
        "ollama",
        "/api/embed",
        {"model": "m", "input": "x"},
        {"model": "", "input": "x"},
        400,
        "model is required",
    ),
    (
        "ollama",
        "/api/chat",
        {"model": "m", "stream": False, "messages": [{"role": "user", "content": "x"}]},
        {"model": "m", "messages": [{"role": "user", "content": "x", "tool_calls": [CALL]}]},
        400,
        "makes no tool calls",
    ),
    ("oci", CHAT, oracle(), oracle(compartmentId=None), 400, "must not be null"),
    ("oci", CHAT, oracle(), oracle(servingMode=None), 400, "must not be null"),
    ("oci", CHAT, oracle(), oracle(servingMode=TWO), 400, "the id of its own kind"),
    ("oci", CHAT, oracle(), oracle({"apiFormat": "OTHER"}), 400, "Incorrectly formatted"),
    (
        "oci",
        CHAT,
        oracle(),
        oracle({"apiFormat": "GENERIC", "messages": [spoken("USER", toolCalls=[ORACLES])]}),
        400,
        "has no tool calls",
    ),
)
"""Kind, path below its base, what passes, what fails, and how."""


def answered(
    kind: ProviderKindName, path: str, body: Obj | bytes, method: str = "POST", **setting: Any
) -> Reply:
    platform = platform_of(kind)
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {"base_path": platform.base_path, **setting}
    request = Received(
        method=method, target=path, headers=(("anthropic-version", "2023-06-01"),), body=data
    )
    found = platform.answer(request, msgspec.structs.replace(SETTING, **given))
    assert isinstance(found, Reply)
    return found


@pytest.mark.parametrize("row", CHECKS, ids=lambda row: f"{row[0]}-{row[5][:20]}")
def test_what_passes_and_what_fails(row: Row) -> None:
    kind, path, right, wrong, status, words = row
    passed, refused = answered(kind, path, right), answered(kind, path, wrong)
    assert passed.status == 200, passed.body
    assert refused.status == status, refused.body
    assert words in refused.body.decode()


@pytest.mark.parametrize(
    ("kind", "method", "path", "status"),
    [
        ("gemini", "POST", "/v1beta/models", 404),
        ("gemini", "GET", "/v1beta/models/m:generateContent", 404),
        ("azure", "GET", "/openai/deployments/m/chat/completions?api-version=2024-10-21", 404),
        ("bedrock", "PUT", "/openai/v1/chat/completions", 404),
        ("oci", "POST", "/openai/v1/files", 404),
    ],
)
def test_operations_that_are_not_there(
    kind: ProviderKindName, method: str, path: str, status: int
) -> None:
    assert answered(kind, path, {"model": "m"}, method).status == status


def test_oracle_takes_json_alone() -> None:
    refused = answered("oci", CHAT, b"{")
    assert (refused.status, b"Incorrectly formatted" in refused.body) == (400, True)


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [("openai", 401, "You didn't provide an API key"), ("xai", 401, "No API key provided")],
)
def test_a_key_is_asked_for(kind: ProviderKindName, status: int, words: str) -> None:
    path = f"{platform_of(kind).base_path}/chat/completions"
    refused = answered(kind, path, {"model": "m"}, api_key="key")
    assert (refused.status, words in refused.body.decode()) == (status, True)


def test_thoughts_are_taken_where_a_host_has_them() -> None:
    held = {name: row.thoughts for name, row in compatible_rows().items() if row.thoughts}
    assert held
    for name, member in held.items():
        path = f"{platform_of(name).base_path}/chat/completions"
        for given in ("reasoning", "reasoning_content"):
            said = {"role": "assistant", "content": "x", given: "because"}
            turns = [{"role": "user", "content": "hi"}, said, {"role": "user", "content": "on"}]
            status = answered(name, path, {"model": "m", "messages": turns}).status
            assert status == (200 if given == member else 400), (name, given)


def test_a_kind_that_is_not_simulated() -> None:
    with pytest.raises(ClientFault, match="kind `nothing` is not simulated; use one of `openai`"):
        platform_of("nothing")
