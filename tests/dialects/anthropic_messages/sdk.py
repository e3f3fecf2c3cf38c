"""The official SDK, which reads what the codec wrote, with no network between.

>>> read_whole(b'{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],'
...            b'"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}').id
'msg_1'
"""

import anthropic
import httpx2
from anthropic.types import Message


def client_of(body: bytes, content_type: str) -> anthropic.Anthropic:
    """A client to which every answer is `body`."""
    transport = httpx2.MockTransport(
        lambda _: httpx2.Response(200, headers={"content-type": content_type}, content=body)
    )
    return anthropic.Anthropic(
        api_key="key",
        base_url="http://gateway.test",
        http_client=anthropic.DefaultHttpxClient(transport=transport),
        max_retries=0,
    )


def read_whole(body: bytes) -> Message:
    """A whole answer as the SDK has it, every required member checked."""
    message = client_of(body, "application/json").messages.create(
        model="m", max_tokens=10, messages=[{"role": "user", "content": "hi"}]
    )
    return Message.model_validate(message.to_dict(), strict=False)


def read_stream(body: bytes) -> Message:
    """The message that the SDK's streaming helper gathers."""
    with client_of(body, "text/event-stream").messages.stream(
        model="m", max_tokens=10, messages=[{"role": "user", "content": "hi"}]
    ) as stream:
        return stream.get_final_message()
