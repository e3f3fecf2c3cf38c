"""Google's count, and how it splits up."""

import json

import pytest

from detente.canonical.failure import ProviderFault
from detente.canonical.token_count import ModalityTokens, TokenCount
from detente.dialects.gemini_count_tokens.response import decode_response, encode_response


def text_of(tokens: int) -> dict[str, object]:
    return {"modality": "TEXT", "tokenCount": tokens}


@pytest.mark.parametrize(
    "body",
    [
        {"totalTokens": 12},
        {},
        {"totalTokens": 12, "promptTokensDetails": [text_of(12)]},
        {"totalTokens": 12, "promptTokensDetails": []},
        {"totalTokens": 12, "promptTokensDetails": [{"modality": "TEXT"}]},
        {"totalTokens": 12, "promptTokensDetails": [{**text_of(12), "new": 1}]},
        {
            "totalTokens": 12,
            "cachedContentTokenCount": 4,
            "promptTokensDetails": [text_of(8), {"modality": "IMAGE", "tokenCount": 4}],
            "cacheTokensDetails": [text_of(4)],
            "totalBillableCharacters": 30,
        },
    ],
)
def test_an_answer_comes_back_as_it_was(body: dict[str, object]) -> None:
    count = decode_response(json.dumps(body).encode())
    assert count.input_tokens == body.get("totalTokens", 0)
    encoded = encode_response(count)
    assert (json.loads(encoded.body), encoded.losses) == (body, ())


def test_words_of_modalities() -> None:
    body = {
        "totalTokens": 12,
        "cachedContentTokenCount": 4,
        "promptTokensDetails": [{"modality": "IMAGE", "tokenCount": 12}],
    }
    count = decode_response(json.dumps(body).encode())
    assert count.modalities == (ModalityTokens(modality="image", tokens=12),)
    assert count.cache_read_tokens == 4


def test_a_count_of_another_platform() -> None:
    assert encode_response(TokenCount(input_tokens=7)).body == b'{"totalTokens":7}'
    zero = encode_response(TokenCount(input_tokens=0))
    assert zero.body == b'{"totalTokens":0}'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"error":{}}',
        b'{"totalTokens":"12"}',
        b'{"totalTokens":12,"cachedContentTokenCount":-1}',
        b'{"totalTokens":12,"promptTokensDetails":[7]}',
        b'{"totalTokens":12,"promptTokensDetails":[{"modality":7}]}',
        b'{"totalTokens":12,"promptTokensDetails":{}}',
        b"[" * 9000,
    ],
)
def test_what_is_no_count_is_the_providers_fault(body: bytes) -> None:
    with pytest.raises(ProviderFault):
        decode_response(body)
