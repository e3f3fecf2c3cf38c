"""How an exchange waits without a task or a future.

An exchange is a coroutine that its connections drive by hand: it suspends at `suspended()`, and
whoever has what it waits for calls `resume` (or `throw`). That costs a tenth of a microsecond,
where a task and a future cost several; everything runs on the loop's one thread.
"""

import types
from collections.abc import Coroutine, Generator
from typing import Any, Protocol


class ClientGone(Exception):
    """The client closed its connection."""


class DeadlinePassed(Exception):
    """The current wait took longer than it may."""


@types.coroutine
def suspended() -> Generator[None, Any, Any]:
    """Wait until somebody resumes this exchange; returns what it is resumed with."""
    return (yield)


class Suspension(Protocol):
    """Whoever can be resumed."""

    def resume(self, value: object) -> None: ...

    def throw(self, error: BaseException) -> None: ...


class Driver:
    """Drives one coroutine from suspension to suspension.

    Subclasses say what happens at the end: `ended` after a return, `failed` after an error that
    the coroutine did not expect. The one broad `except` of the gateway is here, because a bug
    of ours may end one request, not the worker. `resume` and `throw` after the end do nothing:
    a late answer to an exchange that is over has nobody to go to.
    """

    _coroutine: Coroutine[None, Any, None] | None = None

    def drive(self, coroutine: Coroutine[None, Any, None]) -> None:
        """Start `coroutine` and run it to its first suspension."""
        self._coroutine = coroutine
        self.resume(None)

    def resume(self, value: object) -> None:
        """Continue after the suspension with `value`."""
        coroutine = self._coroutine
        if coroutine is None:
            return
        try:
            coroutine.send(value)
        except StopIteration:
            self._coroutine = None
            self.ended()
        except Exception as error:  # noqa: BLE001 -- see the class
            self._coroutine = None
            self.failed(error)

    def throw(self, error: BaseException) -> None:
        """Continue after the suspension by raising `error` there."""
        coroutine = self._coroutine
        if coroutine is None:
            return
        try:
            coroutine.throw(error)
        except StopIteration:
            self._coroutine = None
            self.ended()
        except Exception as bug:  # noqa: BLE001 -- see the class
            self._coroutine = None
            self.failed(bug)

    def ended(self) -> None:
        """The coroutine returned."""
        raise AssertionError("a subclass says what its end means")

    def failed(self, error: Exception) -> None:
        """The coroutine raised what it did not expect."""
        raise error
