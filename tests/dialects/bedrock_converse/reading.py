"""Requests of Converse, read in tests.

>>> parts({"text": "hi"})[0].text
'hi'
"""

import json
from typing import Any

from detente.canonical.request import (
    Request,
)
from detente.dialects.bedrock_converse import CODEC

SCHEMA: dict[str, Any] = {"type": "object"}


def decoded(**wire: Any) -> Request:
    return CODEC.decode_request(json.dumps(wire).encode(), model="anthropic.claude")


def parts(*blocks: Any) -> tuple[Any, ...]:
    return decoded(messages=[{"role": "user", "content": list(blocks)}]).turns[0].parts
