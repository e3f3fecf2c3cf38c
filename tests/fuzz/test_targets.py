"""Every law holds for any bytes, for valid inputs, and for valid ones with something changed."""

from random import Random

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detente.canonical.content import ToolCall
from detente.dialects.codec import Codec
from tests.dialects.splits import pieces as cut
from tests.fuzz.lanes import CODECS, calls_are_told_apart, events_or_fault, pieces, reads
from tests.fuzz.mutation import mutated
from tests.fuzz.seeds import seeds
from tests.fuzz.targets import TARGETS, seed_of

QUICK = settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
"""The fuzzer is for depth; these keep it from finding what anyone would."""
SEEDS_EACH = 3
CHANGED_EACH = 5


@pytest.mark.parametrize("name", TARGETS)
@QUICK
@given(data=st.binary(max_size=300))
def test_any_bytes(name: str, data: bytes) -> None:
    TARGETS[name](data)


@pytest.mark.parametrize("name", TARGETS)
def test_valid_inputs(name: str) -> None:
    known = seeds(name)
    for seed in known[:: max(1, len(known) // SEEDS_EACH)]:
        TARGETS[name](seed)


@pytest.mark.parametrize("name", TARGETS)
def test_valid_inputs_with_changes(name: str) -> None:
    chance, known = Random(seed_of(name)), seeds(name)
    for _ in range(CHANGED_EACH):
        data = chance.choice(known)
        for _ in range(chance.randint(1, 3)):
            data = mutated(data, chance, known)
        TARGETS[name](data)


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.name)
@QUICK
@given(
    at=st.integers(0, 1_000),
    change=st.integers(0, 1_000),
    sizes=st.lists(st.integers(1, 64), min_size=1, max_size=8),
)
def test_every_split_of_a_stream_says_the_same(
    codec: Codec, at: int, change: int, sizes: list[int]
) -> None:
    known = seeds(f"{codec.name} stream")
    stream = known[at % len(known)]
    for data in (stream, mutated(stream, Random(change), known)):
        assert events_or_fault(codec, cut(data, sizes)) == events_or_fault(codec, [data])


def test_there_are_valid_inputs_for_all_of_a_codec() -> None:
    for codec in CODECS:
        assert len(seeds(f"{codec.name} request")) > 20, codec.name
        for kind in ("response", "stream"):
            assert any(len(seed) > 100 for seed in seeds(f"{codec.name} {kind}"))


def test_what_is_no_json_is_seen() -> None:
    with pytest.raises(msgspec.DecodeError):
        reads(b'{"a":')


def test_a_call_without_an_id_is_seen() -> None:
    with pytest.raises(AssertionError):
        calls_are_told_apart((ToolCall(id="", name="f", arguments="{}"),))


@given(st.binary(max_size=500))
def test_pieces_are_the_whole(data: bytes) -> None:
    assert b"".join(pieces(data)) == data
