"""What others' parts become in Google's API: exact bodies, exact losses."""

from detente.canonical.content import (
    CacheMark,
    Citation,
    Composed,
    Inline,
    Linked,
    Media,
    Opaque,
    Plain,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
    Turn,
    Uploaded,
)
from tests.dialects.gemini_generate.foreign import (
    CONTENTS,
    HI,
    SENTINEL,
    asked,
    encoded,
    model,
    user,
)


def test_parallel_calls_and_their_results_as_openai_has_them() -> None:
    request = asked(
        turns=(
            HI,
            model(
                Text(text="let me see"),
                ToolCall(id="c1", name="f", arguments='{"a":1}'),
                ToolCall(id="c2", name="g", arguments=""),
            ),
            Turn(role="tool", parts=(ToolResult(call_id="c1", parts=(Text(text="18"),)),)),
            Turn(role="tool", parts=(ToolResult(call_id="c2", parts=(Text(text="wet"),)),)),
            user(Text(text="and?")),
        )
    )
    result = {"id": "c1", "name": "f", "response": {"output": "18"}}
    other = {"id": "c2", "name": "g", "response": {"output": "wet"}}
    assert encoded(request) == (
        {
            "contents": [
                *CONTENTS,
                {
                    "role": "model",
                    "parts": [
                        {"text": "let me see"},
                        {
                            "functionCall": {"id": "c1", "name": "f", "args": {"a": 1}},
                            "thoughtSignature": SENTINEL,
                        },
                        {"functionCall": {"id": "c2", "name": "g", "args": {}}},
                    ],
                },
                {
                    "role": "user",
                    "parts": [
                        {"functionResponse": result},
                        {"functionResponse": other},
                        {"text": "and?"},
                    ],
                },
            ]
        },
        [],
    )


def test_results_with_images_and_errors_as_anthropic_has_them() -> None:
    image = Media(kind="image", source=Inline(media_type="image/png", data="aGk="))
    request = asked(
        origin="anthropic_messages",
        turns=(
            model(ToolCall(id="t1", name="shot", arguments="{}")),
            user(
                Text(text="here"),
                ToolResult(call_id="t1", parts=(Text(text="one"), image), is_error=False),
                ToolResult(call_id="t2", parts=(Text(text="boom"),), is_error=True),
                ToolResult(call_id="t3", data={"code": 5}, is_error=True, name="x"),
                ToolResult(call_id="t4", parts=(image,)),
                ToolResult(call_id="t5"),
            ),
        ),
    )
    body, losses = encoded(request)
    shown = [{"inlineData": {"mimeType": "image/png", "data": "aGk="}}]
    assert losses == []
    assert body["contents"][1]["parts"] == [
        {
            "functionResponse": {
                "id": "t1",
                "name": "shot",
                "response": {"output": "one"},
                "parts": shown,
            }
        },
        {"functionResponse": {"id": "t2", "name": "t2", "response": {"error": "boom"}}},
        {"functionResponse": {"id": "t3", "name": "x", "response": {"error": {"code": 5}}}},
        {"functionResponse": {"id": "t4", "name": "t4", "response": {}, "parts": shown}},
        {"functionResponse": {"id": "t5", "name": "t5", "response": {"output": ""}}},
        {"text": "here"},
    ]


def test_arguments_that_are_no_object_are_wrapped_and_named() -> None:
    request = asked(turns=(HI, model(ToolCall(id="c", name="f", arguments="not json"))))
    body, losses = encoded(request)
    call = body["contents"][1]["parts"][0]["functionCall"]
    assert call == {"id": "c", "name": "f", "args": {"_": "not json"}}
    assert losses == [("tools", "turns[1].parts[0].arguments")]


def test_thoughts_and_state_of_others_are_left_out_and_named() -> None:
    foreign = Opaque(origin="anthropic_messages", value="sig")
    own = Opaque(origin="gemini_generate", value="AAEC")
    request = asked(
        origin="anthropic_messages",
        turns=(
            HI,
            model(
                Reasoning(text="hm", state=foreign),
                Reasoning(text="unsigned"),
                Reasoning(state=Opaque(origin="anthropic_messages", value="r", kind="redacted")),
                Reasoning(text="mine", state=own),
                Text(text="so"),
                ToolCall(id="c", name="f", arguments="{}", state=foreign),
                ToolCall(id="d", name="g", arguments="{}", state=own),
            ),
        ),
    )
    body, losses = encoded(request)
    assert body["contents"][1]["parts"] == [
        {"text": "mine", "thought": True, "thoughtSignature": "AAEC"},
        {"text": "so"},
        {
            "functionCall": {"id": "c", "name": "f", "args": {}},
            "thoughtSignature": SENTINEL,
        },
        {
            "functionCall": {"id": "d", "name": "g", "args": {}},
            "thoughtSignature": "AAEC",
        },
    ]
    assert losses == [
        ("reasoning_state", "turns[1].parts[0].state"),
        ("reasoning_text", "turns[1].parts[0]"),
        ("reasoning_text", "turns[1].parts[1]"),
        ("reasoning_state", "turns[1].parts[2].state"),
        ("reasoning_state", "turns[1].parts[5].state"),
    ]


def test_a_call_of_gemini_keeps_its_signature_and_gets_no_other() -> None:
    state = Opaque(origin="gemini_generate", value="AAEC")
    calls = (
        ToolCall(id="c", name="f", arguments="{}", state=state),
        ToolCall(id="d", name="f", arguments="{}"),
    )
    body, losses = encoded(asked(turns=(HI, model(*calls))))
    signatures = [part.get("thoughtSignature") for part in body["contents"][1]["parts"]]
    assert (signatures, losses) == (["AAEC", None], [])


def test_images_sounds_and_documents() -> None:
    pdf = Inline(media_type="application/pdf", data="aGk=")
    text = Text(text="inside")
    request = asked(
        turns=(
            user(
                Media(kind="image", source=Linked(url="https://x.test/a.png"), detail="high"),
                Media(kind="image", source=Linked(url="https://x.test/a"), detail="auto"),
                Media(kind="document", source=pdf, title="a.pdf", context="old", cited=True),
                Media(kind="document", source=Plain(text="hi")),
                Media(kind="document", source=Composed(parts=(text,))),
                Media(kind="audio", source=Inline(media_type="audio/wav", data="aGk=")),
                Media(kind="video", source=Linked(url="gs://b/v.mp4")),
                Media(kind="image", source=Linked(url="s3://b/i.png")),
                Media(kind="document", source=Uploaded(id="file-1", dialect="openai_chat")),
            ),
            model(
                Media(
                    kind="audio",
                    source=Uploaded(id="audio-1", dialect="openai_chat"),
                    transcript="hello",
                )
            ),
        )
    )
    body, losses = encoded(request)
    assert body["contents"] == [
        {
            "role": "user",
            "parts": [
                {"fileData": {"fileUri": "https://x.test/a.png", "mimeType": "image/png"}},
                {"fileData": {"fileUri": "https://x.test/a"}},
                {
                    "inlineData": {
                        "mimeType": "application/pdf",
                        "data": "aGk=",
                        "displayName": "a.pdf",
                    }
                },
                {"inlineData": {"mimeType": "text/plain", "data": "aGk="}},
                {"text": "inside"},
                {"inlineData": {"mimeType": "audio/wav", "data": "aGk="}},
                {"fileData": {"fileUri": "gs://b/v.mp4", "mimeType": "video/mp4"}},
            ],
        },
        {"role": "model", "parts": [{"text": "hello"}]},
    ]
    assert losses == [
        ("image_detail", "turns[0].parts[0].detail"),
        ("document_context", "turns[0].parts[2].context"),
        ("document_citations", "turns[0].parts[2].cited"),
        ("document", "turns[0].parts[4]"),
        ("image_url", "turns[0].parts[7]"),
        ("uploaded_file", "turns[0].parts[8]"),
        ("uploaded_file", "turns[1].parts[0]"),
    ]


def test_what_a_result_says_beyond_its_text_is_named() -> None:
    note = Media(kind="document", source=Plain(text="a"), title="T", cache=CacheMark())
    found = Media(kind="document", source=Composed(parts=(Text(text="b"),)), context="C")
    cited = Text(text="c", citations=(Citation(kind="url", url="https://e"),))
    result = ToolResult(call_id="c1", name="f", parts=(note, found, cited))
    body, losses = encoded(asked(turns=(HI, Turn(role="tool", parts=(result,)))))
    told = body["contents"][-1]["parts"][0]
    assert told["functionResponse"]["response"] == {"output": "a\nb\nc"}
    at = "turns[1].parts[0].parts"
    assert losses == [
        ("document", f"{at}[0]"),
        ("cache_mark", f"{at}[0].cache"),
        ("document", f"{at}[1]"),
        ("citations", f"{at}[2].citations"),
    ]
