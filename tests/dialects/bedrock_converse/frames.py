"""Frames of Converse streams, written in tests.

>>> frame("ping", {})[-6:-4]
b'{}'
"""

import json
from typing import Any

from detente.dialects._framing.aws_events import aws_event


def frame(name: str, payload: Any) -> bytes:
    """One event of the stream."""
    headers = {":event-type": name, ":content-type": "application/json", ":message-type": "event"}
    return aws_event(headers, json.dumps(payload, separators=(",", ":")).encode())


def exception(name: str, payload: Any) -> bytes:
    """One exception of the stream."""
    headers = {
        ":exception-type": name,
        ":content-type": "application/json",
        ":message-type": "exception",
    }
    return aws_event(headers, json.dumps(payload, separators=(",", ":")).encode())
