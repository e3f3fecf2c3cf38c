"""What each client's official SDK is told of recorded answers is what the platform's own SDK tells.

For each pair of the five dialects, whole, streamed, and whole where a stream was asked for. All
recordings take minutes (`long`); `make test` takes a sample, the same each time.
"""

import random
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from detente.canonical.failure import ProviderFault
from detente.canonical.model import Dialect
from tests.conftest import read_recorded
from tests.dialects.roundtrip import splits
from tests.pairs.alike import difference, expected
from tests.pairs.matrix import Form, Matrix
from tests.pairs.reading import READERS
from tests.pairs.recordings import FILES, FIVE, NOT_ANSWERS, Recording, recordings
from tests.pairs.told import Told
from tests.pairs.translating import answered, streamed

SAMPLE = 36
"""Whole answers, and streams, of each platform in `make test`."""
SEED = 20261121
ANSWERS_MIN = 1260
READING_FAULTS = (ProviderFault, AssertionError, ValueError, RuntimeError, KeyError, TypeError)
"""What a codec that cannot translate, or an SDK that cannot read, raises."""


def forms(recording: Recording) -> tuple[Form, ...]:
    return ("streamed",) if recording.stream else ("whole", "unstreamed")


def judged(recording: Recording, client: Dialect, form: Form) -> str | None:
    """What the client is told differently, None where nothing is."""
    same = recording.dialect == client
    try:
        for seen in seen_by(recording, client, form):
            found = difference(expected(recording.told, client), seen, same=same)
            if found is not None:
                return found
    except READING_FAULTS as fault:
        return f"{type(fault).__name__}: {str(fault)[:300]}"
    return None


def seen_by(recording: Recording, client: Dialect, form: Form) -> Iterator[Told]:
    """What the client is told: of a stream, both where it comes at once and in small pieces.

    A platform may say what its own SDK's types do not; what is translated may not.
    """
    reader, translated = READERS[client](), recording.dialect != client
    if form == "whole":
        body = answered(recording, client, stream=False)
        if translated:
            reader.check(body)
        yield reader.whole(body)
        return
    if form == "unstreamed":
        bodies = [answered(recording, client, stream=True)]
    else:
        cuts = ([recording.body], splits(recording.body, SEED))
        bodies = [streamed(recording, client, pieces) for pieces in cuts]
    for body in bodies:
        if translated:
            reader.check_stream(body)
        yield reader.streamed(body)


def compared(chosen: list[Recording]) -> Matrix:
    """Every chosen answer, for every client."""
    matrix = Matrix()
    for recording in chosen:
        for client in FIVE:
            for form in forms(recording):
                failure = judged(recording, client, form)
                matrix.add(recording.dialect, client, form, failure, recording.id)
    return matrix


def sampled() -> Iterator[Recording]:
    """As many whole answers and streams of each dialect."""
    chance = random.Random(SEED)
    for dialect in FIVE:
        for stream in (False, True):
            found = [one for one in recordings(dialect) if one.stream is stream]
            yield from sorted(chance.sample(found, min(SAMPLE, len(found))), key=lambda one: one.id)


def say(chosen: list[Recording], matrix: Matrix) -> None:
    """Figures for whoever runs this with `-s`."""
    stops = Counter(str(one.told.stop) for one in chosen)
    told = (
        f"{len(chosen)} answers: {sum(bool(one.told.text) for one in chosen)} with text, "
        f"{sum(bool(one.told.calls) for one in chosen)} with calls, "
        f"{sum(one.told.usage is not None for one in chosen)} with counts; ends: {dict(stops)}"
    )
    sys.stdout.write(f"\n{told}\n{matrix}\n")


def test_a_sample_of_recorded_answers_is_told_alike_by_every_pair() -> None:
    chosen = list(sampled())
    matrix = compared(chosen)
    say(chosen, matrix)
    assert matrix.failures == []
    assert len(matrix.total) >= 75
    assert sum(bool(one.told.calls) for one in chosen) >= 50


@pytest.mark.long
@pytest.mark.timeout(900)
def test_every_recorded_answer_is_told_alike_by_every_pair() -> None:
    chosen = [one for dialect in FIVE for one in recordings(dialect)]
    matrix = compared(chosen)
    say(chosen, matrix)
    assert matrix.failures == []
    assert len(chosen) >= ANSWERS_MIN


def test_what_is_left_out_is_there_to_be_left_out() -> None:
    left = {row["id"] for file in FILES.values() for row in read_recorded(file)} & set(NOT_ANSWERS)
    assert left == set(NOT_ANSWERS)
