"""The one decision: its id, its determining clauses, its fingerprints."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import msgspec

from detente.canonical.question import HolderRefusal
from tests.agreements.scenes import AWS, AZURE, answer, happened, loaded, question, world

NO = 'id = "no"\ntype = "forbid"\nscope = { host = "amazon" }\nuntil = 2026-03-01'


def test_the_id_is_stable_over_runs() -> None:
    """Whatever order a process gives its sets."""
    program = (
        "from tests.agreements.scenes import *\n"
        "from tests.agreements.test_answer import NO\n"
        "print(answer(world(AZURE, AWS), loaded(NO), question()).id)"
    )
    ids = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            check=True,
            capture_output=True,
            timeout=60,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(ids) == 1
    assert ids.pop().startswith(b"dec_")


def test_the_id_does_not_depend_on_the_instant_within_an_epoch() -> None:
    first = answer(world(AZURE, AWS), loaded(NO), question("2026-02-01"))
    assert answer(world(AZURE, AWS), loaded(NO), question("2026-02-28")).id == first.id
    assert answer(world(AZURE, AWS), loaded(NO), question("2026-03-01")).id != first.id


def test_the_id_tells_classes_of_question_apart() -> None:
    asked = question()
    event = happened("agi", "2026-01-01")
    refusal = HolderRefusal(deployment="aws/gpt-4", signal="429")
    others = [
        msgspec.structs.replace(asked, project="shop"),
        msgspec.structs.replace(asked, labels=(("a", "b"),)),
        msgspec.structs.replace(asked, header_labels=(("data", "secret"),)),
        msgspec.structs.replace(asked, features=("tools",)),
        msgspec.structs.replace(asked, providers=("azure", "aws")),
        msgspec.structs.replace(asked, events=(event,)),
        msgspec.structs.replace(asked, refusals=(refusal,)),
    ]
    labelled = 'id = "l"\ntype = "forbid"\nscope = { labels = { data = "secret" } }'
    ids = {answer(world(AZURE, AWS), loaded(NO, labelled), q).id for q in [asked, *others]}
    assert len(ids) == len(others) + 1


def test_how_long_a_refusal_took_is_not_in_the_id() -> None:
    ids = {
        answer(
            world(AZURE, AWS),
            loaded(NO),
            question(refusals=(HolderRefusal(deployment="aws/gpt-4", signal="429", waited_ms=ms),)),
        ).id
        for ms in (1, 2)
    }
    assert len(ids) == 1


def test_a_changed_agreement_changes_the_id() -> None:
    first = answer(world(AZURE, AWS), loaded(NO), question())
    other = answer(world(AZURE, AWS), loaded(f'{NO}\nquote = "not there"'), question())
    assert first.order == other.order
    assert first.id != other.id
    assert [name for name, _ in first.fingerprints] == ["a"]


def test_an_allowed_answer_names_its_own_clauses_first() -> None:
    agreements = loaded(NO, 'id = "z"\ntype = "grant"')
    decision = answer(world(AZURE, AWS), agreements, question())
    assert decision.clauses == ("a/z", "a/no")


def test_an_epoch_is_half_open() -> None:
    decision = answer(world(AZURE, AWS), loaded(NO), question())
    assert decision.valid_until is not None
    last = decision.valid_until - timedelta(microseconds=1)
    asked = msgspec.structs.replace(question(), at=last, known_at=last)
    assert answer(world(AZURE, AWS), loaded(NO), asked).id == decision.id
