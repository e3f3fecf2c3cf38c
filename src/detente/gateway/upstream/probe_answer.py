"""What a live look asks of a deployment, and what its answer says of it. Pure.

>>> from detente.gateway.upstream.probe_answer import OUTPUT_TOKENS
>>> OUTPUT_TOKENS
16
"""

from typing import Final

from detente.canonical.content import Text, Turn
from detente.canonical.embedding import EmbeddingInput, EmbeddingRequest
from detente.canonical.failure import FailureKind, ProviderFault
from detente.canonical.request import Request
from detente.dialects.codec import Codec
from detente.dialects.embedding_codec import EmbeddingCodec
from detente.gateway.http.message import Response
from detente.gateway.upstream.endpoint import Endpoint

OUTPUT_TOKENS: Final = 16
"""The least that every platform takes as a bound (OpenAI's Responses refuses less)."""
SAID_CHARACTERS_MAX: Final = 300
"""Of a platform's own sentence."""


def least_body(endpoint: Endpoint) -> bytes:
    """As little as can be asked of a deployment."""
    model, target = endpoint.deployment.upstream_id, endpoint.target
    if isinstance(endpoint.codec, EmbeddingCodec):
        inputs = (EmbeddingInput(parts=(Text(text="ping"),)),)
        return endpoint.codec.encode_request(
            EmbeddingRequest(model=model, inputs=inputs), target
        ).body
    assert isinstance(endpoint.codec, Codec)
    asked = Request(
        model=model,
        turns=(Turn(role="user", parts=(Text(text="ping"),)),),
        max_output_tokens=OUTPUT_TOKENS,
    )
    return endpoint.codec.encode_request(asked, target).body


def meaning_of(endpoint: Endpoint, answer: Response) -> tuple[str, FailureKind | None]:
    """What an answer says of the deployment, and the kind of failure, None where it is in order."""
    if answer.status < 300:
        if _is_read(endpoint, answer.body):
            return "answered", None
        what = f"answered with what is not `{endpoint.spec.name}`"
        return f"{what}; check `base_url` and `dialects`", "address"
    failure = endpoint.judge(answer.status, answer.named_headers(), answer.body)
    if failure is None:
        # What is asked for here is well formed and refers to nothing, so that a 404 means us.
        return _refusal(endpoint, answer), "address" if answer.status == 404 else "request"
    wait_ms = failure.retry_after_ms
    wait = "" if wait_ms is None else f" (it asks to wait {wait_ms / 1000:g} s)"
    return failure.message + wait, failure.kind


def _is_read(endpoint: Endpoint, body: bytes) -> bool:
    """Whether an answer is one of the dialect's."""
    codec = endpoint.codec
    assert isinstance(codec, Codec | EmbeddingCodec)
    try:
        codec.decode_response(body)
    except ProviderFault:
        return False
    return True


def _refusal(endpoint: Endpoint, answer: Response) -> str:
    """What a platform says of a request that it takes for wrong, and what may really be wrong."""
    codec = endpoint.codec
    # Some of Google's errors come in a list of one.
    body = answer.body.strip()
    told = None if codec is None else codec.read_error(body.removeprefix(b"[").removesuffix(b"]"))
    words = "" if told is None else ": " + " ".join(told.message.split())[:SAID_CHARACTERS_MAX]
    cure = "`base_url`, `api_version` and the deployment's `id`"
    if answer.status != 404:
        cure = "the deployment's `id`, `base_url` and `dialects`"
    return f"refused the request with status {answer.status}{words}; check {cure}"
