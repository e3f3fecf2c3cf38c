"""Changes are valid inputs with something else in them, of every framing."""

import json
from random import Random

import pytest

from detente.dialects._framing.aws_events import AwsEventCutter, aws_event
from tests.fuzz.mutation import mutated

BODY = b'{"a":1,"b":[{"c":"d"},{"e":null}]}'


def changes(data: bytes, count: int = 60) -> list[bytes]:
    return [mutated(data, Random(seed), [BODY, data]) for seed in range(count)]


def test_a_body_stays_json_and_changes() -> None:
    found = changes(BODY)
    for body in found:
        json.loads(body)
    assert len(set(found)) > 20
    assert found.count(BODY) < len(found) / 4


def test_the_same_chance_makes_the_same_change() -> None:
    assert changes(BODY) == changes(BODY)


@pytest.mark.parametrize("blank", [b"\n\n", b"\r\n\r\n"])
def test_events_stay_events(blank: bytes) -> None:
    stream = blank.join([b"data: " + BODY] * 3) + blank
    assert any(b"data: " in one and one != stream for one in changes(stream))
    assert all(one.count(blank) >= 2 for one in changes(stream))


def test_frames_keep_their_checksums() -> None:
    stream = aws_event({":event-type": "a"}, BODY) + aws_event({":event-type": "b"}, BODY)
    payloads = {event.payload for one in changes(stream) for event in AwsEventCutter().feed(one)}
    assert len(payloads) > 20


def test_what_is_no_json_is_scrambled() -> None:
    assert len(set(changes(b"\xff\x00 no JSON"))) > 10
