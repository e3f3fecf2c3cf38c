"""Every kind is addressed as the gateway does it."""

from bench.addressing import Addressed, measure, slowest
from detente.providers import KINDS


def test_every_kind_is_measured_and_those_that_sign_twice() -> None:
    figures = measure(rounds=1)
    assert {one.kind for one in figures} == {kind.name for kind in KINDS}
    signing = {kind.name for kind in KINDS if kind.sign is not None}
    assert {one.kind for one in figures if one.signs} == signing
    assert len(figures) == len(KINDS) + len(signing)
    by = {(one.kind, one.signs): one.cpu_us for one in figures}
    assert by["bedrock", True] > by["openai", False] > 0


def test_the_slowest_of_each() -> None:
    def one(kind: str, cpu_us: float, *, signs: bool) -> Addressed:
        return Addressed(kind=kind, dialect="openai_chat", signs=signs, cpu_us=cpu_us)

    figures = (one("a", 3, signs=True), one("b", 9, signs=False), one("c", 4, signs=True))
    assert slowest(figures, signs=True).kind == "c"
    assert slowest(figures, signs=False).kind == "b"
