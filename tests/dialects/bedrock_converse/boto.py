"""The official client, in process: it is given an answer's bytes, and says what it made of them.

>>> converse(b'{"output": {}, "stopReason": "end_turn"}')["stopReason"]
'end_turn'
"""

import functools
import importlib
from collections.abc import Iterator
from typing import Any

_SESSION: Any = importlib.import_module("botocore.session")
_CONFIG: Any = importlib.import_module("botocore.config")
_REQUEST: Any = importlib.import_module("botocore.awsrequest")
EXCEPTIONS: Any = importlib.import_module("botocore.exceptions")

ASKED: dict[str, Any] = {
    "modelId": "m",
    "messages": [{"role": "user", "content": [{"text": "hi"}]}],
}


class Raw:
    """What a connection would give, in pieces."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        """The pieces."""
        yield from self._pieces

    def close(self) -> None:
        """Nothing is open."""


class Official:
    """One client, and what it is answered next; `path` and `body` are what it sent last."""

    def __init__(self) -> None:
        self.path = ""
        self.body = b""
        self._status = 200
        self._headers: dict[str, str] = {}
        self._pieces: list[bytes] = []
        self._client = _SESSION.Session().create_client(
            "bedrock-runtime",
            region_name="us-east-1",
            aws_access_key_id="a",
            aws_secret_access_key="s",
            endpoint_url="http://127.0.0.1:9",
            config=_CONFIG.Config(retries={"max_attempts": 0}),
        )
        self._client.meta.events.register("before-send.bedrock-runtime", self._answer)

    def given(self, pieces: list[bytes], headers: dict[str, str], status: int) -> Any:
        """The client, which is answered so."""
        self._pieces, self._headers, self._status = pieces, headers, status
        return self._client

    def _answer(self, request: Any, **_: object) -> Any:
        self.path, self.body = request.url, request.body or b""
        return _REQUEST.AWSResponse(request.url, self._status, self._headers, Raw(self._pieces))


@functools.cache
def official() -> Official:
    """The client of this process: it takes a while to make."""
    return Official()


def converse(
    body: bytes,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    asked: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The answer as the client shows it; raises the client's errors."""
    told = {"content-type": "application/json", **(headers or {})}
    answer = official().given([body], told, status).converse(**(asked or ASKED))
    return {**answer, "ResponseMetadata": {}}


def converse_stream(stream: bytes, *, size: int = 1000) -> list[dict[str, Any]]:
    """The events that the client shows; raises the client's errors."""
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    headers = {"content-type": "application/vnd.amazon.eventstream"}
    return list(official().given(pieces, headers, 200).converse_stream(**ASKED)["stream"])
