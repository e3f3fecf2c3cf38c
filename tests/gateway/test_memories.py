"""State is kept for its owner, within its bytes, until its time is over."""

from detente.canonical.content import Opaque, Reasoning
from detente.dialects.translation import Memory
from detente.gateway.memories import IDS_ASKED_MAX, Memories

ADA, BOB = ("shop", "ada"), ("shop", "bob")


class Clock:
    now = 0.0


def memories(bytes_max: int = 10_000) -> tuple[Memories, Clock]:
    clock = Clock()
    return Memories(bytes_max=bytes_max, ttl_ms=1_000, now=lambda: clock.now), clock


def memory(*ids: str, size: int = 10) -> Memory:
    state = Opaque(origin="anthropic_messages", value="s" * size)
    return Memory(ids=ids, thoughts=(Reasoning(text="t", summary=("u",), state=state),))


def test_what_is_kept_is_recalled_with_its_deployment() -> None:
    kept, _ = memories()
    assert kept.recall(ADA, ["a"]) == ({}, None)
    kept.keep(ADA, memory("a", "b"), "p/m")
    found, deployment = kept.recall(ADA, ["x", "b", "a"])
    assert found == {"a": memory("a", "b"), "b": memory("a", "b")}
    assert deployment == "p/m"


def test_nobody_is_reminded_of_anothers() -> None:
    kept, _ = memories()
    kept.keep(ADA, memory("a"), "p/m")
    assert kept.recall(BOB, ["a"]) == ({}, None)


def test_what_one_deployment_made_is_recalled_alone() -> None:
    kept, _ = memories()
    kept.keep(ADA, memory("a"), "p/m")
    kept.keep(ADA, memory("b"), "q/m")
    assert kept.recall(ADA, ["a", "b"], made_by="q/m") == ({"b": memory("b")}, "q/m")
    assert kept.recall(ADA, ["a", "b"], made_by="r/m") == ({}, None)


def test_time_ends_it() -> None:
    kept, clock = memories()
    kept.keep(ADA, memory("a"), "p/m")
    clock.now = 1.0
    assert kept.recall(ADA, ["a"]) == ({}, None)
    assert kept.size_bytes == 0


def test_the_oldest_makes_room() -> None:
    kept, _ = memories(bytes_max=1_000)
    for id_ in "abcd":
        kept.keep(ADA, memory(id_), "p/m")
    assert kept.size_bytes <= 1_000
    assert list(kept.recall(ADA, list("abcd"))[0]) == ["b", "c", "d"]


def test_keeping_again_replaces() -> None:
    kept, _ = memories()
    kept.keep(ADA, memory("a", size=500), "p/m")
    kept.keep(ADA, memory("a", size=5), "q/m")
    assert kept.recall(ADA, ["a"]) == ({"a": memory("a", size=5)}, "q/m")
    assert kept.size_bytes < 400


def test_what_can_never_fit_is_not_kept() -> None:
    kept, _ = memories(bytes_max=1_000)
    kept.keep(ADA, memory("a", size=2_000), "p/m")
    assert kept.size_bytes == 0


def test_only_so_many_calls_are_looked_for() -> None:
    kept, _ = memories()
    kept.keep(ADA, memory("a"), "p/m")
    assert kept.recall(ADA, [*("x" * IDS_ASKED_MAX), "a"]) == ({}, None)
