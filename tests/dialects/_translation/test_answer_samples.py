"""Samples of answers: each dialect's clients can be told each of them."""

import pytest

from detente.dialects import CODECS, codec_of
from detente.dialects._translation.answer_samples import RESPONSES
from detente.dialects.codec import Reply


@pytest.mark.parametrize("name", [codec.name for codec in CODECS])
def test_every_dialect_can_say_every_sample_and_read_it_again(name: str) -> None:
    (codec,) = [one for one in CODECS if one.name == name]
    for row, response in RESPONSES.items():
        encoded = codec.encode_response(response, Reply(now_s=1))
        assert codec.decode_response(encoded.body).choices, row


def test_samples_are_in_the_order_of_their_names() -> None:
    assert list(RESPONSES) == sorted(RESPONSES)


def test_the_openai_dialect_has_no_choice_but_one_in_its_successor() -> None:
    responses = codec_of("openai_responses")
    assert responses is not None
    losses = responses.encode_response(RESPONSES["choices"], Reply(now_s=1)).losses
    assert {loss.what for loss in losses} == {"choices"}
