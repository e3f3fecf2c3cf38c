"""A simple question put by each official SDK, whole and streamed, and what it tells of the answer.

>>> ask_chat(OpenAI(base_url=url, api_key=key), "gpt-4").text
'Hello'
"""

from typing import Any

from anthropic import Anthropic
from anthropic.lib.bedrock import AnthropicBedrock
from openai import OpenAI
from openai.types.responses import (
    Response,
    ResponseCompletedEvent,
    ResponseFailedEvent,
    ResponseIncompleteEvent,
)

from tests.pairs.told import (
    Told,
    from_chat,
    from_converse,
    from_gemini,
    from_message,
    from_responses,
)
from tests.pairs.told_streamed import from_chat_chunks, from_converse_events

ENDS = (ResponseCompletedEvent, ResponseIncompleteEvent, ResponseFailedEvent)
OUTPUT_TOKENS = 64


def ask_chat(client: OpenAI, model: str) -> Told:
    """OpenAI's chat completions."""
    messages: Any = [{"role": "user", "content": "hi"}]
    return from_chat(client.chat.completions.create(model=model, messages=messages))


def stream_chat(client: OpenAI, model: str) -> Told:
    """The same, streamed."""
    messages: Any = [{"role": "user", "content": "hi"}]
    return from_chat_chunks(
        client.chat.completions.create(
            model=model, messages=messages, stream=True, stream_options={"include_usage": True}
        )
    )


def ask_responses(client: OpenAI, model: str) -> Told:
    """OpenAI's Responses."""
    return from_responses(client.responses.create(model=model, input="hi"))


def stream_responses(client: OpenAI, model: str) -> Told:
    """The same, streamed: what the deltas say is what the response at the end says."""
    text = ""
    final: Response | None = None
    for event in client.responses.create(model=model, input="hi", stream=True):
        if event.type == "response.output_text.delta":
            text += event.delta
        elif isinstance(event, ENDS):
            final = event.response
    assert final is not None, "the stream has no end"
    told = from_responses(final)
    assert told.text == text, "the deltas say something else than the response at the end"
    return told


def ask_messages(client: Anthropic | AnthropicBedrock, model: str) -> Told:
    """Anthropic's Messages."""
    messages: Any = [{"role": "user", "content": "hi"}]
    return from_message(
        client.messages.create(model=model, max_tokens=OUTPUT_TOKENS, messages=messages)
    )


def stream_messages(client: Anthropic | AnthropicBedrock, model: str) -> Told:
    """The same, streamed."""
    messages: Any = [{"role": "user", "content": "hi"}]
    with client.messages.stream(model=model, max_tokens=OUTPUT_TOKENS, messages=messages) as stream:
        return from_message(stream.get_final_message())


def ask_gemini(client: Any, model: str) -> Told:
    """Google's generateContent, by a `genai.Client`."""
    return from_gemini([client.models.generate_content(model=model, contents="hi")])


def stream_gemini(client: Any, model: str) -> Told:
    """The same, streamed."""
    return from_gemini(client.models.generate_content_stream(model=model, contents="hi"))


def ask_converse(client: Any, model: str) -> Told:
    """Amazon's Converse, by boto3's `bedrock-runtime`."""
    messages = [{"role": "user", "content": [{"text": "hi"}]}]
    return from_converse(client.converse(modelId=model, messages=messages))


def stream_converse(client: Any, model: str) -> Told:
    """The same, streamed."""
    messages = [{"role": "user", "content": [{"text": "hi"}]}]
    answer = client.converse_stream(modelId=model, messages=messages)
    return from_converse_events(answer["stream"])
