"""100,000 random agreement sets and questions, each answered alike by both evaluators.

About two minutes on one quiet core, and twice that on a busy one. `test_laws` does a few
thousand each time, drawn anew; these are the same whenever they run, so that a difference can be
found again by its seed.
"""

from collections import Counter
from random import Random

import pytest

from detente.agreements import compile_agreements, reference
from tests.agreements.strategies import agreement_set, case, snapshot

CHUNKS = 20
CASES = 5_000
"""Of each chunk."""


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_reference_and_compiled_answer_alike(chunk: int) -> None:
    outcomes: Counter[str] = Counter()
    for seed in range(chunk * CASES, (chunk + 1) * CASES):
        r = Random(seed)
        world, parts, question = case(r)
        measured, agreements = snapshot(r, world), agreement_set(parts)
        plain = reference.decide(world, agreements, question, measured)
        compiled = compile_agreements(world, agreements, snapshot=measured)
        assert compiled.decide(question) == plain, f"seed {seed}"
        outcomes[plain.outcome] += 1
    assert set(outcomes) == {"allow", "deny", "conflict", "unknown"}
