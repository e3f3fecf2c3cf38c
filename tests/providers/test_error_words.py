"""Codes decide before sentences, and sentences by their beginning only."""

import pytest

from detente.canonical.failure import FailureKind
from detente.providers._error_body import ErrorWords
from detente.providers._error_words import worded_kind


def said(sentence: str, *codes: str) -> ErrorWords:
    return ErrorWords(codes=frozenset(codes), sentence=sentence, is_json=True)


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("model: claude-sonet-4-5", "model_unknown"),
        ("The model `gpt-9` does not exist or you do not have access to it.", "model_unknown"),
        ("The requested model 'gpt-5.2-proo' does not exist.", "model_unknown"),
        ("models/x is not found for API version v1beta, or is not supported", "model_unknown"),
        (
            "Publisher Model `projects/p/locations/l/publishers/g/models/m` was not found",
            "model_unknown",
        ),
        ("The provided model identifier is invalid.", "model_unknown"),
        ("Invocation of model ID a.b with on-demand throughput isn't supported.", "model_unknown"),
        ('model "llama9" not found, try pulling it first', "model_unknown"),
        ("model 'command-z' not found, make sure the correct model ID was used", "model_unknown"),
        ("Model Not Exist", "model_unknown"),
        ("model `xai.grok-4.3` isn't supported on this route", "model_unknown"),
        ("The model 'openai.gpt-5.5' does not support the '/v1/messages' API", "model_unknown"),
        ("openai/gpt-99 is not a valid model ID", "model_unknown"),
        ("Invalid model: mistral-huge", "model_unknown"),
        ("Incorrect API key provided: xa***ey.", "credentials"),
        ("Your credit balance is too low to access the Anthropic API.", "funds"),
        ("Signature expired: 20261122T000000Z is now earlier than", "clock"),
        ("Signature not yet current: 20261122T000000Z is still later", "clock"),
        ("Credential should be scoped to a valid region.", "region"),
        ("User location is not supported for the API use.", "region"),
        ("prompt is too long: 210000 tokens > 200000 maximum", "too_long"),
        ("This model's maximum context length is 8192 tokens.", "too_long"),
        ("The input token count (1200000) exceeds the maximum", "too_long"),
        ("Resource not found", "address"),
        ("CachedContent not found (or permission denied)", "request"),
        ("Invalid 'messages[3]'.", None),
        ("Invalid value: 'The model `x` does not exist'", None),
        ("The model 'x' does not support images", None),
        ("Resource not found in the file store", None),
        ("", None),
    ],
)
def test_sentences(sentence: str, kind: FailureKind | None) -> None:
    assert worded_kind(said(sentence)) == kind


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        (("insufficient_quota", "429"), "funds"),
        (("invalid_request_error", "deploymentnotfound"), "model_unknown"),
        (("invalid_argument", "api_key_invalid"), "credentials"),
        (("content_filter", "invalid_api_key"), "content"),
        (("1211",), "model_unknown"),
        (("invalid_request_error",), None),
        ((), None),
    ],
)
def test_codes(codes: tuple[str, ...], kind: FailureKind | None) -> None:
    assert worded_kind(said("", *codes)) == kind


def test_a_code_decides_before_a_sentence() -> None:
    assert worded_kind(said("model: x", "context_length_exceeded")) == "too_long"
