"""The labelled set: what is planted is found, and what only looks alike is not."""

import sys

from tests.guardrails.documents import CANDIDATES, REGIONS, documents
from tests.guardrails.labelled import Score, found_in, scores, screen, table

SEED = 20_261_122
DOCUMENTS = 1_000
RECALL_MIN = 0.99
PRECISION_MIN = 0.98


def hold(counted: dict[str, Score]) -> None:
    """Every detector does as well as promised; its figures are printed (`pytest -s`)."""
    sys.stdout.write(f"\n{table(counted)}\n")
    assert {name: one.recall for name, one in counted.items() if one.recall < RECALL_MIN} == {}
    wrong = {name: one.precision for name, one in counted.items() if one.precision < PRECISION_MIN}
    assert wrong == {}


def test_the_labelled_set() -> None:
    hold(dict(scores(documents(DOCUMENTS, seed=SEED))))


def test_half_of_the_candidates_only_look_alike() -> None:
    some = documents(20, seed=SEED)
    assert {document.locale for document in some} == set(REGIONS)
    for document in some:
        assert len(document.planted) == len(document.alike) == CANDIDATES // 2


def test_the_set_is_the_same_every_time() -> None:
    assert documents(5, seed=1) == documents(5, seed=1)
    assert documents(5, seed=1) != documents(5, seed=2)


def test_what_was_not_planted_counts_as_wrong_and_what_is_not_found_as_missed() -> None:
    (document,) = documents(1, seed=SEED)
    planted = set(document.planted)
    assert found_in(document) == planted
    counted = Score(right=1, missed=1, wrong=3)
    assert (counted.recall, counted.precision) == (0.5, 0.25)


def test_a_finding_is_known_from_what_its_screen_looks_back_at() -> None:
    """What lies further off changes nothing, so that a stream knows which text can go."""
    seen = 0
    for document in documents(60, seed=SEED):
        looker = screen(REGIONS[document.locale])
        for one in looker.find(document.text):
            begin = max(0, one.start - looker.look_back)
            window = document.text[begin : one.start + looker.look_back]
            found = {(other.start + begin, other.end + begin) for other in looker.find(window)}
            assert (one.start, one.end) in found, document.text[one.start : one.end]
            seen += 1
    assert seen > 200
