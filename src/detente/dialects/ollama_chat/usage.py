"""The usage in a whole answer of Ollama's chat.

>>> read_usage(b'{"done": true, "prompt_eval_count": 3, "eval_count": 2}').output_tokens
2
"""

from typing import Final

import msgspec

from detente.canonical.usage import Usage
from detente.dialects._codec.counts import whole
from detente.dialects.ollama_chat.wire import ChatLine

_LINE: Final = msgspec.json.Decoder(ChatLine)


def read_usage(body: bytes) -> Usage | None:
    """The usage in an answer, None where there is none that can be read."""
    try:
        return usage_of(_LINE.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def usage_of(line: ChatLine) -> Usage | None:
    """The counts; a prompt that was cached as a whole is not counted at all."""
    if line.prompt_eval_count is None and line.eval_count is None:
        return None
    return Usage(
        uncached_input_tokens=whole(line.prompt_eval_count),
        visible_output_tokens=whole(line.eval_count),
    )
