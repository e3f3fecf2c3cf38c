"""Usage where no provider has counted it: an unfinished stream, an answer without usage.

Estimates are marked as such, in the ledger and in every report. Pure.
"""

import msgspec

from detente.canonical.usage import BYTES_PER_TOKEN, Usage
from detente.dialects import StreamTap


def of_sizes(request_bytes: int, answer_bytes: int) -> Usage:
    """The usage of an exchange of which only the sizes are known."""
    return Usage(
        uncached_input_tokens=request_bytes // BYTES_PER_TOKEN,
        visible_output_tokens=answer_bytes // BYTES_PER_TOKEN,
        estimated=True,
    )


def of_stream(tap: StreamTap, request_bytes: int) -> Usage:
    """The usage of a stream: reported where it ended, else from what has passed so far."""
    usage = tap.usage
    if usage is not None and tap.complete:
        return usage
    if usage is None:
        usage = of_sizes(request_bytes, 0)
    seen = max(usage.visible_output_tokens, tap.output_tokens_seen())
    return msgspec.structs.replace(usage, visible_output_tokens=seen, estimated=True)
