"""Bedrock's count."""

from detente.canonical.token_count import TokenCount
from detente.dialects.bedrock_count_tokens.response import decode_response, encode_response


def test_counts() -> None:
    assert decode_response(b'{"inputTokens":12}').input_tokens == 12
    assert encode_response(TokenCount(input_tokens=12)).body == b'{"inputTokens":12}'
