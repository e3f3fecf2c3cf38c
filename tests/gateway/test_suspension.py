"""The driver runs a coroutine from suspension to suspension, and nothing after its end."""

from collections.abc import Coroutine

from detente.gateway.suspension import Driver, suspended


class Walk(Driver):
    def __init__(self) -> None:
        self.seen: list[object] = []
        self.over = 0
        self.bugs: list[Exception] = []

    async def twice(self) -> None:
        self.seen.append(await suspended())
        try:
            self.seen.append(await suspended())
        except KeyError as error:
            self.seen.append(error)

    async def not_at_all(self) -> None:
        self.seen.append("ran")

    async def wrong(self) -> None:
        await suspended()
        raise ValueError("unexpected")

    def ended(self) -> None:
        self.over += 1

    def failed(self, error: Exception) -> None:
        self.bugs.append(error)


def start(walk: Walk, coroutine: Coroutine[None, object, None]) -> None:
    walk.drive(coroutine)


def test_values_arrive_at_each_suspension() -> None:
    walk = Walk()
    start(walk, walk.twice())
    walk.resume(1)
    assert walk.over == 0
    walk.resume(2)
    assert walk.seen == [1, 2]
    assert walk.over == 1


def test_an_error_is_raised_at_the_suspension() -> None:
    walk = Walk()
    start(walk, walk.twice())
    walk.resume(1)
    error = KeyError("gone")
    walk.throw(error)
    assert walk.seen == [1, error]
    assert walk.over == 1


def test_a_coroutine_that_never_waits_ends_at_once() -> None:
    walk = Walk()
    start(walk, walk.not_at_all())
    assert walk.seen == ["ran"]
    assert walk.over == 1


def test_nothing_happens_after_the_end() -> None:
    walk = Walk()
    start(walk, walk.not_at_all())
    walk.resume(1)
    walk.throw(KeyError())
    assert walk.seen == ["ran"]
    assert walk.over == 1


def test_what_a_coroutine_does_not_expect_ends_it() -> None:
    walk = Walk()
    start(walk, walk.wrong())
    walk.resume(None)
    walk.throw(KeyError())
    assert [type(error) for error in walk.bugs] == [ValueError]
    start(walk, walk.wrong())
    walk.throw(KeyError())
    assert [type(error) for error in walk.bugs] == [ValueError, KeyError]
    assert walk.over == 0
