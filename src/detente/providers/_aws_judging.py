"""The meaning of Amazon's errors, which go by names: one status means several things there.

The name stands in `x-amzn-errortype`, else in the body's `__type`; where both are missing, the
sentence says it. https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html
and https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html (read 2026-11-21).

>>> aws_judge("Bedrock", 400, {}, b'{"message":"The provided model identifier is invalid."}').kind
'model_unknown'
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from detente.canonical.failure import BLAME, Failure, FailureKind, RefusalSignal
from detente.providers._error_body import read_error
from detente.providers._error_words import worded_kind
from detente.providers._judging import common_judge, failed, failed_as, refused

SETTING: Final = "its `api_key`, access key or `credentials`"
REFUSALS: Final[dict[str, tuple[RefusalSignal, int]]] = {
    "ThrottlingException": ("429", 429),
    "ModelNotReadyException": ("429", 429),
    "TooManyRequestsException": ("429", 429),
    "ServiceUnavailableException": ("503", 503),
}
"""Names that say "no capacity", with signal and status."""
NAMED: Final[dict[str, FailureKind]] = {
    "AccessDeniedException": "permission",
    "NotAuthorized": "permission",
    "OptInRequired": "permission",
    "ExpiredTokenException": "credentials",
    "IncompleteSignatureException": "credentials",
    "IncompleteSignature": "credentials",
    "InvalidSignatureException": "credentials",
    "SignatureDoesNotMatch": "credentials",
    "MissingAuthenticationTokenException": "credentials",
    "MissingAuthenticationToken": "credentials",
    "InvalidClientTokenId": "credentials",
    "UnrecognizedClientException": "credentials",
    "RequestExpired": "clock",
    "RequestTimeTooSkewed": "clock",
    "ResourceNotFoundException": "model_unknown",
    "ServiceQuotaExceededException": "quota",
    "ModelErrorException": "platform",
    "ModelStreamErrorException": "platform",
    "ModelTimeoutException": "timeout",
    "ValidationException": "request",
}
MODEL_FAILED: Final = 424
"""The model's own error (ModelErrorException), not the request's."""


class _Named(msgspec.Struct, gc=False):
    """`{"__type": "com.amazon.coral.service#…"}`, where an AWS service names its error there."""

    type: str = msgspec.field(name="__type", default="")


_DECODE: Final = msgspec.json.Decoder(_Named).decode


def aws_judge(
    platform: str, status: int, headers: Mapping[bytes, bytes], body: bytes
) -> Failure | None:
    """What an answer means, by the error's name first; None is an answer for the client."""
    name = error_name(headers, body)
    if name in REFUSALS:
        signal, told = REFUSALS[name]
        return refused(platform, signal, told, headers)
    if status == MODEL_FAILED:
        return failed(platform, "failed with an error of the model's own; try again")
    if name not in NAMED:
        return common_judge(platform, status, headers, body, setting=SETTING)
    error = read_error(body)
    error = msgspec.structs.replace(error, codes=error.codes | {name.lower()})
    kind = worded_kind(error) or NAMED[name]
    if BLAME[kind] == "client":
        return None
    return failed_as(platform, kind, status=status, setting=SETTING, error=error)


def error_name(headers: Mapping[bytes, bytes], body: bytes) -> str:
    """The error's name without namespace and page (`ThrottlingException`), empty if none."""
    name = headers.get(b"x-amzn-errortype", b"").decode("latin-1")
    if not name:
        try:
            name = _DECODE(body).type
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return ""
    return name.rpartition("#")[2].partition(":")[0].strip()
