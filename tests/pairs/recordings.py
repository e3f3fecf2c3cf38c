"""Recorded answers to translate: those that a platform gave, whole or streamed, with status 200.

>>> recordings("anthropic_messages")[0].told.stop  # as the platform's own SDK tells it
'end'
"""

import base64
import functools
import re
from dataclasses import dataclass
from typing import Any

from detente.canonical.model import Dialect
from detente.dialects import codec_of
from detente.dialects._envelope.invoke_lanes import upstream_codec
from detente.dialects.codec import Codec
from tests.conftest import read_recorded
from tests.pairs.reading import READERS, invoked
from tests.pairs.told import Told

FIVE: tuple[Dialect, ...] = (
    "openai_chat",
    "openai_responses",
    "anthropic_messages",
    "gemini_generate",
    "bedrock_converse",
)
FILES: dict[Dialect, str] = {
    "openai_chat": "openai-chat",
    "openai_responses": "openai-responses",
    "anthropic_messages": "anthropic-messages",
    "gemini_generate": "gemini-generate",
    "bedrock_converse": "bedrock-converse",
}
INVOKED = "bedrock-invoke"
CLAUDE = re.compile(r"/model/(?:[a-z]+\.)?anthropic\.claude-(?!v2)[^/]*/invoke")
"""Models that are invoked with Messages; the other publishers' bodies are no dialect here, and the
first Claudes wrote completions."""

NOT_ANSWERS = {
    "openllmetry/test_azure/test_prompt_content_filtering#0": (
        "an error of Azure's filter, recorded under status 200"
    ),
    "openllmetry/test_azure/test_prompt_content_filtering_with_events_with_content#0": (
        "an error of Azure's filter, recorded under status 200"
    ),
    "pydantic-ai/test_openai/test_invalid_response#0": "written for a test: it has no choices",
    "pydantic-ai/test_openai/test_text_response#0": "a test server's text, in no dialect",
    "pydantic-ai/test_openai_responses/"
    "test_background_mode_streaming_without_starting_after_vcr#0": (
        "a background response that is still queued: its answer is fetched later"
    ),
}
"""Recordings with status 200 that answer nothing, so that no client can be told the same."""


@dataclass(kw_only=True)
class Recording:
    """One answer; `invoked` is whether it came through InvokeModel."""

    id: str
    dialect: Dialect
    stream: bool
    body: bytes
    invoked: bool = False

    @property
    def codec(self) -> Codec:
        """How it is decoded."""
        codec = codec_of(self.dialect)
        assert codec is not None
        return upstream_codec(codec) if self.invoked else codec

    @functools.cached_property
    def told(self) -> Told:
        """What the platform's own SDK tells of it."""
        reader = invoked() if self.invoked else READERS[self.dialect]()
        return reader.streamed(self.body) if self.stream else reader.whole(self.body)


@functools.cache
def recordings(dialect: Dialect) -> tuple[Recording, ...]:
    """The recorded answers of one dialect; skips the test without them."""
    found = [_recording(row, dialect) for row in _answered(FILES[dialect])]
    if dialect == "anthropic_messages":
        rows = [row for row in _answered(INVOKED) if CLAUDE.match(row["path"])]
        found += [_recording(row, dialect, invoked=True) for row in rows]
    return tuple(found)


def _answered(file: str) -> list[dict[str, Any]]:
    return [
        row
        for row in read_recorded(file)
        if row["response"]["status"] == 200 and row["id"] not in NOT_ANSWERS
    ]


def _recording(row: dict[str, Any], dialect: Dialect, *, invoked: bool = False) -> Recording:
    told = row["response"]
    body = base64.b64decode(told["base64"]) if "base64" in told else told["text"].encode()
    return Recording(
        id=row["id"],
        dialect=dialect,
        stream=row["stream"],
        body=body,
        invoked=invoked,
    )
