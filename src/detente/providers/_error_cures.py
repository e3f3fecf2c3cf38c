"""Sentences for errors whose own code names a better cure than their kind does. Pure tables.

What the code means (its kind) is decided elsewhere; a sentence is said only of that kind.

>>> from detente.providers._error_body import ErrorWords
>>> cure_of("permission", ErrorWords(codes=frozenset({"service_disabled"})), "its `credentials`")
'is not enabled in the project of its `credentials`; enable its API there'
"""

from typing import Final

from detente.canonical.failure import FailureKind
from detente.providers._error_body import ErrorWords

_CODES: Final[dict[str, tuple[FailureKind, str]]] = {
    "service_disabled": (
        "permission",
        "is not enabled in the project of {setting}; enable its API there",
    ),
    "api_key_service_blocked": (
        "permission",
        "is not among the services that {setting} is restricted to; add it to them",
    ),
    "access_token_scope_insufficient": (
        "permission",
        "finds the scope of the gateway's token too narrow; give {setting} the scope "
        "`https://www.googleapis.com/auth/cloud-platform`",
    ),
    "permissiondenied": (
        "permission",
        "knows the gateway's identity, which has no right to do this; give it the role `Cognitive "
        "Services User` or `Cognitive Services OpenAI User` there",
    ),
    "access_token_expired": (
        "credentials",
        "finds the gateway's token expired; check {setting}, and renew it",
    ),
    "expiredtokenexception": (
        "credentials",
        "finds the gateway's token expired; check {setting}, and renew it",
    ),
    "api_key_expired": (
        "credentials",
        "finds the gateway's key expired; check {setting}, and renew it",
    ),
}
"""Codes in small letters: Azure's of an identity without a role
(https://learn.microsoft.com/azure/ai-foundry/openai/how-to/role-based-access-control, read
2026-11-22), Google's of `google.api.ErrorReason`
(https://cloud.google.com/apis/design/errors, read 2026-11-22), and Amazon's for temporary keys
(https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html, read 2026-11-21)."""

_BEGINNINGS: Final[tuple[tuple[FailureKind, str, str], ...]] = (
    (
        "model_unknown",
        "invocation of model id ",
        "serves the deployment's model through inference profiles only; write one as its `id`, "
        "such as `us.` or `global.` before the model's own",
    ),
    (
        "credentials",
        "unauthorized. access token is missing, invalid, audience is incorrect",
        "rejected the gateway's token, or its audience; check {setting}, and that `kind` and "
        "`base_url` are of one platform",
    ),
)
"""How sentences begin that have no code: Amazon's of a model without on-demand throughput
(https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html, read
2026-11-22), Azure's of a token (github.com/run-llama/llama_index, thread 12484, read
2026-11-22)."""


def cure_of(kind: FailureKind, error: ErrorWords, setting: str) -> str | None:
    """What to say of an error of that kind after the platform's name, None where its kind says
    enough. `setting` is what the platform's credentials are configured by."""
    for code in error.codes:
        meant, said = _CODES.get(code, (None, ""))
        if meant == kind:
            return said.format(setting=setting)
    sentence = error.sentence.lower()
    for meant, beginning, said in _BEGINNINGS:
        if meant == kind and sentence.startswith(beginning):
            return said.format(setting=setting)
    return None
