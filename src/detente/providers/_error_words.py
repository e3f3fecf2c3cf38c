"""The words by which platforms tell one error from another: codes, and how their sentences begin.

Tables without behaviour but for `worded_kind`. A code decides before a sentence. Sentences are held
against their beginning only, for what follows may quote a prompt; and no sentence makes a refusal,
for an agreement would believe it.

>>> from detente.providers._error_body import read_error
>>> worded_kind(read_error(b'{"error":{"code":"insufficient_quota"}}'))
'funds'
"""

import re
from typing import Final

from detente.canonical.failure import FailureKind
from detente.providers._error_body import ErrorWords

_WORDS: Final[dict[FailureKind, tuple[str, ...]]] = {
    "content": (
        "content_filter",
        "responsibleaipolicyviolation",
        "content_policy_violation",
        "moderation_blocked",
        "bio_policy",
        "misalignment_policy_violation",
        "image_content_policy_violation",
        "invalid_prompt",
        "1301",
    ),
    "too_long": ("context_length_exceeded", "request_too_large", "1261"),
    "funds": (
        "insufficient_quota",
        "billing_hard_limit_reached",
        "billing_not_active",
        "enforced_spend_limit_reached",
        "billing_error",
        "billing_disabled",
        "1113",
    ),
    "model_unknown": (
        "model_not_found",
        "deploymentnotfound",
        "model_not_available",
        "model_not_supported",
        "model_decommissioned",
        "invalid_model",
        "1211",
    ),
    "clock": ("requesttimetooskewed", "requestexpired"),
    "region": (
        "unsupported_country_region_territory",
        "incorrect_hostname",
        "data_residency_mismatch",
        "failed_precondition",
    ),
    "credentials": (
        "invalid_api_key",
        "authentication_error",
        "api_key_invalid",
        "api_key_expired",
        "access_token_expired",
        "unauthenticated",
    ),
    "permission": (
        "api_key_service_blocked",
        "service_disabled",
        "consumer_invalid",
        "permissiondenied",
    ),
}
"""Codes, in small letters; the first kind that has one of them counts.

Numbers are Z.ai's (https://docs.z.ai/api-reference/api-code, read 2026-11-22);
`failed_precondition`, `api_key_…`, `service_disabled` and `consumer_invalid` Google's
(https://ai.google.dev/gemini-api/docs/troubleshooting, read 2026-11-21); `deploymentnotfound` and
`content_filter` Azure's, `model_not_found` OpenAI's, as recorded; `permissiondenied`, with status
401, Azure's of an identity without a role (github.com/microsoft/semantic-kernel, thread 10020, read
2026-11-22); `bio_policy`,
`misalignment_policy_violation` and `data_residency_mismatch` are in OpenAI's client 3.54.0;
`model_not_supported` is Hugging Face's, `model_decommissioned` Groq's, `model_not_available`
Together's, `invalid_model` Perplexity's and Mistral's."""

_NAME: Final = r"[`'\"]?[^\s`'\"]{1,200}[`'\"]?"

_BEGINNINGS: Final[tuple[tuple[FailureKind, str], ...]] = (
    ("too_long", r"prompt is too long"),
    ("too_long", r"input is too long for requested model"),
    ("too_long", r"this model's maximum (context|prompt) length is"),
    ("too_long", r"the input token count"),
    ("funds", r"your credit balance is too low"),
    ("funds", r"your newly created team doesn't have any credits"),
    ("clock", r"signature (expired|not yet current):"),
    ("model_unknown", r"model: \S"),
    (
        "model_unknown",
        rf"(the )?(requested )?model {_NAME} (does not exist|not found|was not found)",
    ),
    ("model_unknown", rf"model {_NAME} isn't supported on this route"),
    ("model_unknown", rf"the model {_NAME} does not support the '/"),
    ("model_unknown", r"model (does not|not) exist"),
    ("model_unknown", r"model not found"),
    ("model_unknown", r"models/\S{1,200} is not found for api version"),
    ("model_unknown", r"publisher model \S{1,300} (was )?not found"),
    ("model_unknown", r"the provided model identifier is invalid"),
    ("model_unknown", r"could not resolve the foundation model"),
    ("model_unknown", r"invocation of model id \S{1,300} with on-demand throughput isn"),
    ("model_unknown", r"this model is only supported in v1/"),
    ("model_unknown", r"this is not a chat model"),
    ("model_unknown", rf"{_NAME} is not a valid model id"),
    ("model_unknown", rf"invalid model:? {_NAME}"),
    ("model_unknown", r"unable to access model"),
    ("region", r"user location is not supported"),
    ("region", r"credential should be scoped to a valid region"),
    ("credentials", r"incorrect api key provided"),
    ("credentials", r"authentication failed: please make sure your api key is valid"),
    ("address", r"(resource )?not found$"),
    ("address", r"404 page not found$"),
    ("address", r"invalid url \((get|post) "),
    ("address", r"unknown request url: (get|post) "),
    ("address", r"no route matched with those values"),
    ("address", r"unable to determine service/operation name to be authorized"),
    ("request", r"(cachedcontent not found|you do not have permission to access the file)"),
)
"""How the sentences of those begin that have no code for it. As recorded: Anthropic's `model: …`,
Amazon's identifiers, Google's `models/…`. Of their documents and users: Amazon's signatures and
scopes, Anthropic's balance and xAI's key (both with status 400), Azure's resource, Vertex AI's
`Publisher Model …`, OpenRouter's `… is not a valid model ID`, Amazon's of a bearer key, and what
OpenAI, Groq, Mistral's door (Kong), Amazon, FastAPI and Go say of a path that they do not have
(read 2026-11-22). The last is about what a client has stored there (Google)."""

_COMPILED: Final[tuple[tuple[FailureKind, re.Pattern[str]], ...]] = tuple(
    (kind, re.compile(text, re.IGNORECASE)) for kind, text in _BEGINNINGS
)


def worded_kind(error: ErrorWords) -> FailureKind | None:
    """What the error's own words say that it is, None where they do not say."""
    for kind, codes in _WORDS.items():
        if not error.codes.isdisjoint(codes):
            return kind
    for kind, beginning in _COMPILED:
        if beginning.match(error.sentence):
            return kind
    return None
