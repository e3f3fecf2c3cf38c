"""Looking up: what is kept, for how long, and how much of it."""

import msgspec

from detente.agreements import compile_agreements
from detente.agreements.compiled import EPOCHS_CACHED_MAX
from detente.canonical.question import HolderRefusal
from tests.agreements.scenes import AWS, AZURE, day, happened, loaded, question, world

NO = 'id = "no"\ntype = "forbid"\nscope = { host = "amazon" }\nfrom = 2026-03-01'
FIRST = (
    'id = "f"\ntype = "first_refusal"\nholder = "host:microsoft"\n'
    'signals = ["429"]\nrespond_within = "2s"\ndefault = "refused"'
)


def test_the_same_class_in_the_same_epoch_is_looked_up() -> None:
    compiled = compile_agreements(world(AZURE, AWS), loaded(NO))
    first = compiled.decide(question("2026-02-01"))
    assert compiled.decide(question("2026-02-20")) is first
    assert compiled.decide(question("2026-02-20", project="shop")) is not first


def test_a_boundary_ends_what_was_kept() -> None:
    compiled = compile_agreements(world(AZURE, AWS), loaded(NO))
    before = compiled.decide(question("2026-02-28T23:59:59"))
    after = compiled.decide(question("2026-03-01"))
    assert (before.valid_until, len(before.order)) == (day("2026-03-01"), 2)
    assert (after.valid_from, len(after.order)) == (day("2026-03-01"), 1)
    assert compiled.decide(question("2026-02-28T23:59:59")) == before


def test_knowledge_moves_along_with_the_question() -> None:
    agreements = loaded(f"{NO.replace('2026-03-01', '2020-01-01')}\nrecorded_at = 2026-04-01")
    compiled = compile_agreements(world(AZURE, AWS), agreements)
    decision = compiled.decide(question("2026-02-01", known_at="2026-02-11"))
    assert decision.valid_until == day("2026-03-22")
    later = question("2026-03-22", known_at="2026-04-01")
    assert len(compiled.decide(later).order) == 1
    other_lead = question("2026-02-01", known_at="2026-05-01")
    assert len(compiled.decide(other_lead).order) == 1


def test_a_recorded_event_is_a_boundary() -> None:
    compiled = compile_agreements(world(AZURE, AWS), loaded(f'{NO}\nends_on = "over"'))
    event = happened("over", "2026-05-01", recorded="2026-05-10")
    decision = compiled.decide(question("2026-04-01", events=(event,)))
    assert (len(decision.order), decision.valid_until) == (1, day("2026-05-01"))
    known = compiled.decide(question("2026-05-10", events=(event,)))
    assert (len(known.order), known.valid_from) == (2, day("2026-05-10"))


def test_no_more_decisions_are_kept_than_allowed() -> None:
    compiled = compile_agreements(world(AZURE, AWS), loaded(NO), decisions_cached_max=2)
    first = compiled.decide(question(project="one"))
    compiled.decide(question(project="two"))
    assert compiled.decide(question(project="one")) is first
    compiled.decide(question(project="three"))  # the oldest goes
    again = compiled.decide(question(project="one"))
    assert again == first
    assert again is not first


def test_many_epochs_give_the_same_answers() -> None:
    days = [f"2026-01-{n:02}" for n in range(1, 29)] + [f"2026-02-{n:02}" for n in range(1, 29)]
    days += [f"2026-03-{n:02}" for n in range(1, 29)]
    assert len(days) > EPOCHS_CACHED_MAX
    clauses = [
        f'id = "f{n}"\ntype = "forbid"\nfrom = {d}\nuntil = {d}T12:00:00'
        for n, d in enumerate(days)
    ]
    compiled = compile_agreements(world(AWS), loaded(*clauses))
    for _ in range(2):
        assert {compiled.decide(question(d)).outcome for d in days} == {"deny"}
        assert {compiled.decide(question(f"{d}T12:00:00")).outcome for d in days} == {"allow"}


def test_how_long_a_refusal_took_counts_only_against_the_clauses() -> None:
    compiled = compile_agreements(world(AZURE, AWS), loaded(FIRST))

    def after(waited_ms: int) -> object:
        refusal = HolderRefusal(deployment="azure/gpt-4", signal="timeout", waited_ms=waited_ms)
        return compiled.decide(question(refusals=(refusal,)))

    assert after(100) is after(1_999)
    assert after(2_000) is after(2_001)
    assert after(100) is not after(2_000)


def test_a_model_that_the_world_does_not_describe_is_still_decided() -> None:
    nameless = msgspec.structs.replace(world(AZURE, AWS), models=())
    decision = compile_agreements(nameless, loaded(NO)).decide(question("2026-03-01"))
    assert decision.order == ("azure/gpt-4",)


def test_what_was_compiled_can_be_read_back() -> None:
    agreements = loaded(NO)
    assert compile_agreements(world(AWS), agreements).agreements is agreements
