"""What the official client of Cohere sends, as canonical values."""

import cohere
import httpx

from detente.canonical.response import Choice, Response
from detente.dialects.codec import Reply
from detente.dialects.cohere_chat import CODEC


def client(body: bytes, kind: str, sent: list[bytes] | None = None) -> cohere.ClientV2:
    """The official client, answered with `body`."""

    def answer(request: httpx.Request) -> httpx.Response:
        if sent is not None:
            sent.append(request.content)
        return httpx.Response(200, content=body, headers={"content-type": kind})

    return cohere.ClientV2(
        api_key="k",
        base_url="http://x.example",
        httpx_client=httpx.Client(transport=httpx.MockTransport(answer)),
    )


def test_a_conversation_as_it_is_sent() -> None:
    sent: list[bytes] = []
    body = CODEC.encode_response(
        Response(id="1", model="m", choices=(Choice(parts=(), stop="end"),)), Reply()
    ).body
    client(body, "application/json", sent).chat(
        model="command-a",
        messages=[
            cohere.SystemChatMessageV2(content="be kind"),
            cohere.UserChatMessageV2(content=[cohere.TextContent(text="look")]),
        ],
        tools=[
            cohere.ToolV2(
                function=cohere.ToolV2Function(name="f", parameters={"type": "object"}),
            )
        ],
        documents=[cohere.Document(data={"title": "T"}, id="d")],
        safety_mode="STRICT",
        citation_options=cohere.CitationOptions(mode="FAST"),
        thinking=cohere.Thinking(type="enabled", token_budget=64),
        tool_choice="REQUIRED",
        strict_tools=True,
        k=5,
        p=0.5,
    )
    request = CODEC.decode_request(sent[0])
    assert (request.top_k, request.top_p, request.stream) == (5, 0.5, False)
    assert [(option.name, option.severity) for option in request.options] == [
        ("documents", "refuse"),
        ("safety_mode", "refuse"),
        ("citation_options", "drop"),
    ]
    assert request.reasoning is not None
    assert request.reasoning.budget_tokens == 64
    assert getattr(request.tools[0], "strict", None) is True
    assert [turn.role for turn in request.turns] == ["system", "user"]
