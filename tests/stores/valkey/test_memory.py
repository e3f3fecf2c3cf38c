"""What a gateway remembers of its workers' holdings."""

from detente.accounts.share import Share, WindowState
from detente.stores.valkey.memory import Memory


def state(**held: int) -> WindowState:
    shares = {name: Share(held=amount) for name, amount in held.items()}
    return WindowState(born_us=1, epoch=1, window_us=60, shares=shares)


def test_it_knows_who_holds_what() -> None:
    memory = Memory()
    memory.hold("one", "a", state(a=3, b=4), 10)
    memory.hold("one", "b", state(a=3, b=4), 10)
    memory.hold("two", "b", state(b=1), 5)
    assert memory.holders() == {"a", "b"}
    assert set(memory.accounts_of("a")) == {"one"}
    assert set(memory.accounts_of("b")) == {"one", "two"}
    assert (memory.held["one"].limit, memory.held["one"].window_us) == (10, 60)


def test_who_holds_nothing_is_forgotten() -> None:
    memory = Memory()
    memory.hold("one", "a", state(a=3), 10)
    memory.hold("one", "a", state(), 10)
    memory.hold("one", "b", state(b=0), 10)
    assert memory.held == {}


def test_a_holder_that_is_gone_is_forgotten() -> None:
    memory = Memory()
    memory.hold("one", "a", state(a=3), 10)
    memory.hold("one", "b", state(b=3), 10)
    memory.forget("a")
    memory.forget("nobody")
    assert memory.holders() == {"b"}
    memory.forget("b")
    assert memory.held == {}
