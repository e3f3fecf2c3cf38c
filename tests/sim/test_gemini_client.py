"""The official Google client against a simulated Gemini API, in developer and in Vertex mode."""

# pyright: reportUnknownMemberType=false
# The client's types name an optional library that is not installed.

import base64
import json
from typing import Any

import httpx2
import pytest
from google import genai
from google.genai import errors, types
from google.oauth2.credentials import Credentials

from detente.canonical.extras import Obj
from detente.configuration.schema import SimulatedProvider
from detente.simulator import Cut, Hold, Simulator, SimulatorThread, Status, StreamError
from tests.sim.conftest import KEY

MODEL = "gemini-3-flash"
OLDER = "gemini-2.5-flash"
PNG = b"\x89PNG\xff\xfe not really"
TOOLS = types.Tool(
    function_declarations=[
        types.FunctionDeclaration(
            name="get_weather",
            parameters=types.Schema(
                type=types.Type.OBJECT, properties={"city": types.Schema(type=types.Type.STRING)}
            ),
        ),
        types.FunctionDeclaration(
            name="get_image",
            parameters_json_schema={"type": "object", "properties": {"n": {"type": "integer"}}},
        ),
    ]
)
THINKING = types.ThinkingConfig(include_thoughts=True)
QUESTION = 'get_weather {"city": "Paris"} get_image {"n": 2} and report'


def client_of(simulator: SimulatorThread, key: str = KEY) -> genai.Client:
    return genai.Client(api_key=key, http_options=types.HttpOptions(base_url=simulator.base_url))


def vertex_of(simulator: SimulatorThread, key: str = KEY) -> genai.Client:
    return genai.Client(
        vertexai=True,
        project="p",
        location="europe-west4",
        credentials=Credentials(key),  # pyright: ignore[reportUnknownMemberType] -- untyped there
        http_options=types.HttpOptions(base_url=simulator.base_url),
    )


@pytest.fixture
def client(gemini_simulator: SimulatorThread) -> genai.Client:
    return client_of(gemini_simulator)


def said(text: str) -> types.Content:
    return types.Content(role="user", parts=[types.Part(text=text)])


def parts_of(answer: types.GenerateContentResponse) -> list[types.Part]:
    assert answer.candidates
    content = answer.candidates[0].content
    assert content is not None
    return content.parts or []


def finish_of(answer: types.GenerateContentResponse) -> types.FinishReason | None:
    assert answer.candidates
    return answer.candidates[0].finish_reason


def usage_of(answer: types.GenerateContentResponse) -> types.GenerateContentResponseUsageMetadata:
    assert answer.usage_metadata is not None
    return answer.usage_metadata


def test_an_answer_and_its_usage(client: genai.Client) -> None:
    answer = client.models.generate_content(model=OLDER, contents="echo hi there")
    assert (answer.text, finish_of(answer)) == ("hi there", types.FinishReason.STOP)
    usage = usage_of(answer)
    assert (usage.prompt_token_count, usage.candidates_token_count) == (3, 2)
    assert (usage.thoughts_token_count, usage.total_token_count) == (None, 5)


def test_vertex_mode(gemini_simulator: SimulatorThread) -> None:
    client = vertex_of(gemini_simulator)
    assert client.models.generate_content(model=OLDER, contents="echo hi").text == "hi"
    assert "/publishers/google/models/" in gemini_simulator.requests[0].target
    chunks = list(client.models.generate_content_stream(model=OLDER, contents="count to 3"))
    assert "".join(chunk.text or "" for chunk in chunks) == "1 2 3"


def test_a_stream_is_one_answer_after_the_other(client: genai.Client) -> None:
    chunks = list(client.models.generate_content_stream(model=OLDER, contents="count to 4"))
    assert [chunk.text for chunk in chunks] == ["1", " 2", " 3", " 4", ""]
    assert [finish_of(chunk) for chunk in chunks] == [None] * 4 + [types.FinishReason.STOP]
    assert usage_of(chunks[-1]).candidates_token_count == 4


def test_the_stream_is_framed_as_google_frames_it(gemini_simulator: SimulatorThread) -> None:
    url = f"{gemini_simulator.base_url}/v1beta/models/{OLDER}:streamGenerateContent"
    body = {"contents": [{"parts": [{"text": "count to 2"}]}]}
    events = httpx2.post(url + "?alt=sse", json=body, headers={"x-goog-api-key": KEY})
    assert events.headers["content-type"] == "text/event-stream"
    pieces = events.content.split(b"\r\n\r\n")
    assert pieces.pop() == b""
    assert [piece[:15] for piece in pieces] == [b'data: {"candida'] * 3
    array = httpx2.post(url, json=body, headers={"x-goog-api-key": KEY})
    assert len(json.loads(array.content)) == 3


def test_limits_stops_and_candidates(client: genai.Client) -> None:
    config = types.GenerateContentConfig(max_output_tokens=3)
    short = client.models.generate_content(model=OLDER, contents="count to 9", config=config)
    assert (short.text, finish_of(short)) == ("1 2 3", types.FinishReason.MAX_TOKENS)
    config = types.GenerateContentConfig(stop_sequences=[" 4"])
    stopped = client.models.generate_content(model=OLDER, contents="count to 9", config=config)
    assert (stopped.text, finish_of(stopped)) == ("1 2 3", types.FinishReason.STOP)
    config = types.GenerateContentConfig(candidate_count=2)
    both = client.models.generate_content(model=OLDER, contents="echo hi", config=config)
    assert [candidate.index for candidate in both.candidates or ()] == [0, 1]


def test_structured_output(client: genai.Client) -> None:
    config = types.GenerateContentConfig(
        response_mime_type="application/json",
        response_schema=types.Schema(
            type=types.Type.OBJECT, properties={"city": types.Schema(type=types.Type.STRING)}
        ),
    )
    answer = client.models.generate_content(model=OLDER, contents="where?", config=config)
    assert json.loads(answer.text or "") == {"city": "city"}


def test_what_is_forbidden_is_blocked_before_or_during_the_answer(client: genai.Client) -> None:
    blocked = client.models.generate_content(model=OLDER, contents="forbidden prompt")
    assert blocked.candidates is None
    assert blocked.prompt_feedback is not None
    assert blocked.prompt_feedback.block_reason == types.BlockedReason.SAFETY
    cut = client.models.generate_content(model=OLDER, contents="forbidden answer")
    assert finish_of(cut) == types.FinishReason.SAFETY
    assert cut.candidates
    ratings = cut.candidates[0].safety_ratings or []
    assert [rating.blocked for rating in ratings].count(True) == 1
    streamed = list(client.models.generate_content_stream(model=OLDER, contents="forbidden prompt"))
    assert streamed[0].prompt_feedback is not None


def results_of(parts: list[types.Part]) -> types.Content:
    """What each call of an answer returned, with an image."""
    blob = types.FunctionResponseBlob(data=PNG, mime_type="image/png")
    return types.Content(
        role="user",
        parts=[
            types.Part(
                function_response=types.FunctionResponse(
                    name=part.function_call.name,
                    id=part.function_call.id,
                    response={"error": "no"} if index else {"output": "sunny"},
                    parts=[types.FunctionResponsePart(inline_data=blob)],
                )
            )
            for index, part in enumerate(part for part in parts if part.function_call)
            if part.function_call is not None
        ],
    )


def loop(
    client: genai.Client, content: types.Content, config: types.GenerateContentConfig
) -> types.GenerateContentResponse:
    return client.models.generate_content(
        model=MODEL,
        contents=[said(QUESTION), content, results_of(content.parts or [])],
        config=config,
    )


def first_step(client: genai.Client, *, streamed: bool) -> types.Content:
    config = types.GenerateContentConfig(tools=[TOOLS], thinking_config=THINKING)
    if not streamed:
        answer = client.models.generate_content(
            model=MODEL, contents=[said(QUESTION)], config=config
        )
        return types.Content(role="model", parts=parts_of(answer))
    chunks = client.models.generate_content_stream(
        model=MODEL, contents=[said(QUESTION)], config=config
    )
    return types.Content(role="model", parts=[p for c in chunks for p in parts_of(c)])


@pytest.mark.parametrize("streamed", [False, True])
def test_a_tool_loop_with_thoughts_and_images(client: genai.Client, *, streamed: bool) -> None:
    content = first_step(client, streamed=streamed)
    parts = content.parts or []
    calls = [part for part in parts if part.function_call is not None]
    assert [part.function_call and part.function_call.args for part in calls] == [
        {"city": "Paris"},
        {"n": 2},
    ]
    assert [part.thought_signature is not None for part in calls] == [True, False]
    assert "".join(part.text or "" for part in parts if part.thought).startswith("Thinking about")
    config = types.GenerateContentConfig(tools=[TOOLS], thinking_config=THINKING)
    after = loop(client, content, config)
    first_line, _, report = (after.text or "").partition("\n")
    assert first_line == "The tool says: sunny no"
    told = json.loads(report)
    assert [(result["name"], result["error"]) for result in told] == [
        ("get_weather", False),
        ("get_image", True),
    ]
    assert told[0]["media"][0]["bytes"] == len(PNG)
    assert usage_of(after).thoughts_token_count


def test_a_call_without_its_signature_or_with_a_foreign_one(client: genai.Client) -> None:
    content = first_step(client, streamed=False)
    config = types.GenerateContentConfig(tools=[TOOLS], thinking_config=THINKING)
    bare = content.model_copy(deep=True)
    for part in bare.parts or ():
        part.thought_signature = None
    with pytest.raises(errors.ClientError, match="missing a thought_signature"):
        loop(client, bare, config)
    foreign = content.model_copy(deep=True)
    for part in foreign.parts or ():
        if part.thought_signature:
            part.thought_signature = b"EpwMCpkMAXLI2nynzW"
    with pytest.raises(errors.ClientError, match="Corrupted thought signature"):
        loop(client, foreign, config)
    for part in foreign.parts or ():
        if part.thought_signature:
            part.thought_signature = b"skip_thought_signature_validator"
    assert loop(client, foreign, config).text


def test_earlier_turns_need_no_signatures(client: genai.Client) -> None:
    content = first_step(client, streamed=False)
    results = results_of(content.parts or [])
    for part in content.parts or ():
        part.thought_signature = None
    answer = client.models.generate_content(
        model=MODEL,
        contents=[
            said(QUESTION),
            content,
            results,
            types.Content(role="model", parts=[types.Part(text="It is sunny.")]),
            said("echo thanks"),
        ],
    )
    assert answer.text == "thanks"


def test_thinking_that_is_switched_off(client: genai.Client) -> None:
    config = types.GenerateContentConfig(
        tools=[TOOLS], thinking_config=types.ThinkingConfig(thinking_budget=0)
    )
    answer = client.models.generate_content(model=OLDER, contents=QUESTION, config=config)
    assert usage_of(answer).thoughts_token_count is None
    assert all(part.thought_signature is None for part in parts_of(answer))


def test_choices_of_tools(client: genai.Client) -> None:
    def calls(mode: types.FunctionCallingConfigMode, *names: str) -> list[str | None]:
        choice = types.FunctionCallingConfig(mode=mode, allowed_function_names=list(names) or None)
        config = types.GenerateContentConfig(
            tools=[TOOLS], tool_config=types.ToolConfig(function_calling_config=choice)
        )
        answer = client.models.generate_content(
            model=OLDER, contents="get_weather, please", config=config
        )
        return [part.function_call.name for part in parts_of(answer) if part.function_call]

    mode = types.FunctionCallingConfigMode
    assert calls(mode.AUTO) == ["get_weather"]
    assert calls(mode.NONE) == []
    assert calls(mode.ANY, "get_image") == ["get_image"]
    with pytest.raises(errors.ClientError, match="not a declared function"):
        calls(mode.ANY, "get_lost")
    with pytest.raises(errors.ClientError, match="without `ANY` mode"):
        calls(mode.AUTO, "get_image")


def test_images_in_a_prompt_arrive(client: genai.Client) -> None:
    image = types.Part(inline_data=types.Blob(data=PNG, mime_type="image/png"))
    content = types.Content(role="user", parts=[types.Part(text="describe"), image])
    answer = client.models.generate_content(model=OLDER, contents=[content])
    assert json.loads(answer.text or "")[0]["bytes"] == len(PNG)


def test_counting_agrees_with_the_answer(client: genai.Client) -> None:
    counted = client.models.count_tokens(model=OLDER, contents="What is the capital of France?")
    answer = client.models.generate_content(model=OLDER, contents="What is the capital of France?")
    assert counted.total_tokens == usage_of(answer).prompt_token_count


def lengths(found: types.EmbedContentResponse) -> list[int]:
    vectors: list[list[float]] = [one.values or [] for one in found.embeddings or []]
    return [len(vector) for vector in vectors]


def test_embeddings_on_both_platforms(
    client: genai.Client, gemini_simulator: SimulatorThread
) -> None:
    config = types.EmbedContentConfig(output_dimensionality=8)
    found = client.models.embed_content(
        model="text-embedding-005", contents=["a", "b"], config=config
    )
    assert lengths(found) == [8, 8]
    vertex = vertex_of(gemini_simulator)
    for model, operation in ((OLDER, "embedContent"), ("text-embedding-005", "predict")):
        found = vertex.models.embed_content(model=model, contents="a", config=config)
        assert lengths(found) == [8]
        assert gemini_simulator.requests[-1].path.endswith(operation)


def test_models(client: genai.Client) -> None:
    assert f"models/{MODEL}" in [model.name for model in client.models.list()]
    assert client.models.get(model=MODEL).name == f"models/{MODEL}"
    with pytest.raises(errors.ClientError) as found:
        client.models.get(model="gemini-9")
    assert (found.value.code, found.value.status) == (404, "NOT_FOUND")


def details_of(error: errors.APIError) -> str:
    details: Any = error.details  # pyright: ignore[reportUnknownVariableType] -- untyped there
    return json.dumps(details)


def test_wrong_keys(gemini_simulator: SimulatorThread) -> None:
    developer = client_of(gemini_simulator, "wrong")
    with pytest.raises(errors.ClientError) as found:
        developer.models.generate_content(model=MODEL, contents="hi")
    assert (found.value.code, found.value.status) == (400, "INVALID_ARGUMENT")
    assert "API_KEY_INVALID" in details_of(found.value)
    vertex = vertex_of(gemini_simulator, "wrong")
    with pytest.raises(errors.ClientError) as found:
        vertex.models.generate_content(model=MODEL, contents="hi")
    assert (found.value.code, found.value.status) == (401, "UNAUTHENTICATED")


BODY: Obj = {"contents": [{"parts": [{"text": "echo hi"}]}]}


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/v1beta/models/{}:generateContent", {"x-goog-api-key": KEY}, 200),
        (f"/v1/models/{{}}:generateContent?key={KEY}", {}, 200),
        ("/v1/publishers/google/models/{}:generateContent", {"x-goog-api-key": KEY}, 200),
        ("/v1beta/models/{}:generateContent", {}, 403),
        ("/v1beta/models/{}:generateContent", {"authorization": f"Bearer {KEY}"}, 403),
        ("/v1/projects/p/locations/l/publishers/google/models/{}:generateContent", {}, 401),
        ("/v1beta/models/{}:generate", {"x-goog-api-key": KEY}, 404),
        ("/v1beta/models/{}:predict", {"x-goog-api-key": KEY}, 404),
        ("/v2/models/{}:generateContent", {"x-goog-api-key": KEY}, 404),
    ],
)
def test_where_keys_are_taken(
    gemini_simulator: SimulatorThread, path: str, headers: dict[str, str], status: int
) -> None:
    url = gemini_simulator.base_url + path.format(OLDER)
    assert httpx2.post(url, json=BODY, headers=headers).status_code == status


CALL: Obj = {"functionCall": {"name": "f", "args": {}}}
RESULT: Obj = {"functionResponse": {"name": "f", "response": {}}}
USER: Obj = {"role": "user", "parts": [{"text": "hi"}]}


REFUSALS: list[tuple[Obj, str]] = [
    ({}, "contents is not specified"),
    ({"contents": []}, "contents is not specified"),
    ({"contents": [{"role": "user", "parts": []}]}, "parts must not be empty"),
    ({"contents": [{"role": "assistant", "parts": [{"text": "a"}]}]}, "valid role"),
    ({"contents": [{"parts": [{}]}]}, "must have one initialized field"),
    ({"contents": [{"parts": [{"text": "a", "inlineData": {"data": ""}}]}]}, "already set"),
    ({"contents": [{"parts": [{"text": "a", "name": "b"}]}]}, 'Unknown name "name"'),
    ({**BODY, "max_tokens": 3}, 'Unknown name "maxTokens"'),
    ({**BODY, "generationConfig": {"temperature": 3}}, "Invalid value"),
    ({"contents": [{"role": "user", "parts": [RESULT]}]}, "immediately after a function call"),
    (
        {"contents": [USER, {"role": "model", "parts": [CALL, CALL]}, {"parts": [RESULT]}]},
        "number of function response parts is equal",
    ),
    (
        {"contents": [USER, {"role": "model", "parts": [{"functionCall": {}}]}]},
        "Name cannot be empty",
    ),
    (
        {**BODY, "tools": [{"functionDeclarations": [{"name": "no spaces"}]}]},
        "Invalid function name",
    ),
    (
        {
            **BODY,
            "tools": [{"functionDeclarations": [{"name": "f", "parameters": {"$schema": "x"}}]}],
        },
        'Unknown name "$schema"',
    ),
    (
        {
            **BODY,
            "tools": [
                {
                    "functionDeclarations": [
                        {"name": "f", "parameters": {}, "parametersJsonSchema": {}}
                    ]
                }
            ],
        },
        "mutually exclusive",
    ),
    ({**BODY, "generationConfig": {"responseSchema": {"type": "OBJECT"}}}, "mime type"),
    ({"contents": [{"parts": [{"inlineData": {"data": "%"}}]}]}, "Base64"),
]


@pytest.mark.parametrize(("body", "message"), REFUSALS)
def test_what_google_refuses(gemini_simulator: SimulatorThread, body: Obj, message: str) -> None:
    url = f"{gemini_simulator.base_url}/v1beta/models/{OLDER}:generateContent"
    answer = httpx2.post(url, json=body, headers={"x-goog-api-key": KEY})
    error = answer.json()["error"]
    assert (answer.status_code, error["status"]) == (400, "INVALID_ARGUMENT")
    assert message in error["message"]


def test_both_spellings_are_read(gemini_simulator: SimulatorThread) -> None:
    url = f"{gemini_simulator.base_url}/v1beta/models/{OLDER}:generateContent"
    image = base64.urlsafe_b64encode(PNG).decode()
    found: list[object] = []
    for spelt in (
        {"inline_data": {"mime_type": "image/png", "data": image}},
        {"inlineData": {"mimeType": "image/png", "data": image}},
    ):
        body = {"contents": [{"parts": [{"text": "describe"}, spelt]}]}
        answer: Any = httpx2.post(url, json=body, headers={"x-goog-api-key": KEY}).json()
        found.append(json.loads(answer["candidates"][0]["content"]["parts"][0]["text"]))
    assert found[0] == found[1]


def test_names_inside_arguments_are_left_alone(gemini_simulator: SimulatorThread) -> None:
    url = f"{gemini_simulator.base_url}/v1beta/models/{OLDER}:generateContent"
    declared = {
        "name": "f",
        "parameters": {"type": "OBJECT", "properties": {"snake_case": {"type": "STRING"}}},
    }
    body = {
        "contents": [{"parts": [{"text": "f"}]}],
        "tools": [{"function_declarations": [declared]}],
    }
    answer = httpx2.post(url, json=body, headers={"x-goog-api-key": KEY}).json()
    call = answer["candidates"][0]["content"]["parts"][0]["functionCall"]
    assert call["args"] == {"snake_case": "snake_case"}


def test_no_capacity_says_when_to_come_again() -> None:
    behaviour = SimulatedProvider(capacity_per_minute=1)
    simulator = Simulator("gemini", models=[MODEL], behaviour=behaviour)
    with SimulatorThread(simulator) as running:
        client = client_of(running)
        client.models.generate_content(model=MODEL, contents="hi")
        with pytest.raises(errors.ClientError) as found:
            client.models.generate_content(model=MODEL, contents="hi")
    assert (found.value.code, found.value.status) == (429, "RESOURCE_EXHAUSTED")
    assert "retryDelay" in details_of(found.value)


def test_too_many_at_once_is_an_overload() -> None:
    behaviour = SimulatedProvider(capacity_concurrent=1)
    simulator = Simulator("gemini", models=[MODEL], behaviour=behaviour)
    with SimulatorThread(simulator) as running:
        client = client_of(running)
        running.script(Hold(after_tokens=1))
        stream = client.models.generate_content_stream(model=MODEL, contents="count to 3")
        next(stream)
        running.until(lambda gauge: gauge.held == 1)
        with pytest.raises(errors.ServerError) as found:
            client.models.generate_content(model=MODEL, contents="hi")
        running.release()
        list(stream)
    assert (found.value.code, found.value.status) == (503, "UNAVAILABLE")


def test_errors_and_cuts_within_a_stream(
    client: genai.Client, gemini_simulator: SimulatorThread
) -> None:
    gemini_simulator.script(StreamError(after_tokens=2), Status(status=500))
    with pytest.raises(errors.APIError) as found:
        list(client.models.generate_content_stream(model=OLDER, contents="count to 5"))
    assert found.value.code == 503
    with pytest.raises(errors.ServerError):
        client.models.generate_content(model=OLDER, contents="hi")
    gemini_simulator.script(Cut(after_tokens=2, how="end"))
    chunks = list(client.models.generate_content_stream(model=OLDER, contents="count to 5"))
    assert [finish_of(chunk) for chunk in chunks] == [None, None]


def test_what_is_counted_beside_turns_differs_by_platform(
    client: genai.Client, gemini_simulator: SimulatorThread
) -> None:
    body: Obj = {"contents": [{"parts": [{"text": "hi"}]}], "systemInstruction": {"parts": []}}
    headers = {"x-goog-api-key": KEY}
    url = gemini_simulator.base_url
    refused = httpx2.post(f"{url}/v1beta/models/{OLDER}:countTokens", json=body, headers=headers)
    assert refused.status_code == 400
    assert 'Unknown name "systemInstruction"' in refused.json()["error"]["message"]
    nested: Obj = {"generateContentRequest": {**body, "model": f"models/{OLDER}"}}
    path = f"/v1beta1/publishers/google/models/{OLDER}:countTokens"
    answers = [
        httpx2.post(f"{url}/v1beta/models/{OLDER}:countTokens", json=nested, headers=headers),
        httpx2.post(url + path, json=body, headers=headers),
    ]
    alone = client.models.count_tokens(model=OLDER, contents="hi").total_tokens
    assert [answer.json()["totalTokens"] for answer in answers] == [alone, alone]
