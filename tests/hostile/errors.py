"""Errors as the clients of each dialect read them.

>>> error_code(answer, "/v1/messages")
'request_invalid'
"""

import msgspec

from tests.hostile.raw_client import Answer

ANTHROPIC_PATHS = ("/v1/messages", "/v1/messages/count_tokens")


def error_code(answer: Answer, path: str) -> str:
    """The stable code of an error in the shape that the path's own client expects."""
    found = msgspec.json.decode(answer.body, type=dict[str, object])
    error = msgspec.convert(found["error"], dict[str, object])
    assert error["message"]
    assert error["type"]
    if path not in ANTHROPIC_PATHS:
        return str(error["code"])
    assert found["type"] == "error"
    assert found["request_id"] == answer.headers["x-detente-request-id"]
    details = msgspec.convert(error["details"], dict[str, object])
    return str(details["error_code"])
