"""Questions put to a simulated platform itself, without a socket.

>>> asked(platform_of("azure"), SETTING, "/elsewhere").status
404
"""

import json
from collections.abc import Mapping
from typing import Any

from detente.simulator.exchange import Answer, Platform, Received, Reply, Setting


def received(path: str, body: object, headers: Mapping[str, str]) -> Received:
    """A POST of `body` as JSON; bytes go as they are."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Received(method="POST", target=path, headers=tuple(headers.items()), body=data)


def asked(
    platform: Platform,
    setting: Setting,
    path: str,
    body: object = b"{}",
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """The platform's whole answer."""
    answer: Answer = platform.answer(received(path, body, headers or {}), setting)
    assert isinstance(answer, Reply)
    return answer


def error_of(reply: Reply) -> Any:
    """What an error's body says."""
    body = json.loads(reply.body)
    return body.get("error", body)
