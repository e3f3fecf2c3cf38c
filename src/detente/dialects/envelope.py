"""What the gateway needs of envelopes: see `_envelope`, where they are opened and closed.

>>> opened(b'{"anthropic_version":"bedrock-2023-05-31"}', model="m", stream=False).dialect
'anthropic_messages'
"""

from detente.dialects._envelope.invoke import (
    Opened,
    betas_of,
    opened,
    options_lost,
    wrapped,
)
from detente.dialects._envelope.invoke_lanes import client_codec, client_spec, upstream_codec
from detente.dialects._envelope.invoke_stream import (
    EventsFramed,
    FramesOpened,
    OpenedTap,
    read_error,
)

__all__ = [
    "EventsFramed",
    "FramesOpened",
    "Opened",
    "OpenedTap",
    "betas_of",
    "client_codec",
    "client_spec",
    "opened",
    "options_lost",
    "read_error",
    "upstream_codec",
    "wrapped",
]
