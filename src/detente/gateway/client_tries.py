"""Which of a client's own tries a request is, as far as the client says.

OpenAI's and Anthropic's clients (and others made by the same generator) send
`x-stainless-retry-count`, the tries before this one; Amazon's send
`amz-sdk-request: attempt=2; max=3` (measured: openai 3.54.0, anthropic 2.12.0, botocore 1.44.5).
Google's, Mistral's, Cohere's, Ollama's and Oracle's clients do not say.

>>> client_try({b"x-stainless-retry-count": b"1"})
2
"""

import re
from typing import Final

TRIES_MAX: Final = 1000
"""No client tries as often; a larger number is nonsense."""

_ATTEMPT: Final = re.compile(rb"(?:^|;)\s*attempt=([0-9]{1,4})\s*(?:;|$)")


def client_try(headers: dict[bytes, bytes]) -> int:
    """The number of the try, 1 for the first and where nothing that makes sense is said."""
    before = headers.get(b"x-stainless-retry-count")
    if before is not None:
        if before == b"0":
            return 1
        if before.isdigit() and len(before) <= 4:
            return min(int(before) + 1, TRIES_MAX)
        return 1
    amazon = headers.get(b"amz-sdk-request")
    if amazon is None:
        return 1
    found = _ATTEMPT.search(amazon)
    return 1 if found is None else min(max(int(found[1]), 1), TRIES_MAX)
