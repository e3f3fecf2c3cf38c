"""Errors of Google's platforms."""

import pytest

from detente.canonical.failure import ProviderFault
from detente.dialects.gemini_generate import CODEC

D = "gemini_generate"


def test_an_error_is_no_answer() -> None:
    body = b'{"error":{"code":503,"message":"overloaded","status":"UNAVAILABLE"}}'
    with pytest.raises(ProviderFault):
        CODEC.decode_response(body)
    told = CODEC.read_error(body)
    assert told is not None
    assert (told.message, told.code) == ("overloaded", "UNAVAILABLE")
    for other in (b"", b"[]", b'{"error":{}}', b'{"message":"x"}', b"<html>"):
        assert CODEC.read_error(other) is None
    told = CODEC.read_error(b'{"error":"plain words"}')
    assert told is not None
    assert told.message == "plain words"
