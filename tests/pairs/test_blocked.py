"""A prompt that Google's platform blocked, which answers with no candidate at all: every client's
SDK is told that a filter was at work, whole and streamed."""

import json

import pytest

from detente.canonical.model import Dialect
from tests.pairs.reading import READERS
from tests.pairs.recordings import FIVE, Recording
from tests.pairs.translating import answered, streamed

BODY = json.dumps(
    {
        "promptFeedback": {"blockReason": "PROHIBITED_CONTENT"},
        "usageMetadata": {"promptTokenCount": 4, "totalTokenCount": 4},
        "modelVersion": "gemini",
        "responseId": "r",
    }
).encode()
STOPS = {"anthropic_messages": "refusal"}


def blocked(body: bytes) -> Recording:
    """As if it was recorded."""
    return Recording(id="blocked", dialect="gemini_generate", stream=False, body=body)


@pytest.mark.parametrize("client", FIVE)
def test_every_client_is_told_of_a_filter(client: Dialect) -> None:
    reader = READERS[client]()
    whole = reader.whole(answered(blocked(BODY), client, stream=False))
    unstreamed = reader.streamed(answered(blocked(BODY), client, stream=True))
    event = b"data: " + BODY + b"\r\n\r\n"
    stream = reader.streamed(streamed(blocked(event), client, [event]))
    for told in (whole, unstreamed, stream):
        assert told.stop == STOPS.get(client, "content_filter")
        assert (told.text, told.calls) == ("", ())
        assert told.usage is not None
        assert told.usage.input_tokens == 4
