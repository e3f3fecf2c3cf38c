"""What an encoder of requests has in hand: where losses go, and which rules hold.

>>> writing = Writing(own=False, modern=True)
>>> writing.cache_control(CacheMark(lifetime="1h"), "cache")
{'type': 'ephemeral', 'ttl': '1h'}
"""

from typing import Final

from detente.canonical.content import CacheLifetime, CacheMark
from detente.canonical.extras import Extras, Obj
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import foreign, laid_over
from detente.dialects.anthropic_messages.words import CACHE_MARKS_MAX, NAME

_NEAREST: Final[dict[CacheLifetime, str]] = {"30m": "5m", "12h": "1h"}
"""The longest lifetime that is not longer than what was asked."""


class Writing:
    """One request being written.

    `own` is whether it came in this dialect: then it keeps its form, and only what the platform
    would refuse is taken out. `modern` is whether the version of the API has no sampling.
    """

    __slots__ = ("losses", "marks_left", "modern", "own", "stripped")

    def __init__(self, *, own: bool, modern: bool) -> None:
        self.losses = Losses()
        self.own = own
        self.modern = modern
        self.stripped = False
        self.marks_left = CACHE_MARKS_MAX

    def lay_over(self, wire: Obj, extras: Extras | None, path: str) -> Obj:
        """`wire` with the rest that is this dialect's; another's unknown members are named."""
        if extras is None:
            return wire
        for name, _ in foreign((extras,), NAME):
            self.losses.lose(
                "unknown_member",
                f"{path}.{name}" if path else name,
                "Messages has no such member",
            )
        return laid_over(wire, extras, NAME)

    def mark(self, wire: Obj, mark: CacheMark | None, path: str) -> None:
        """Put the mark, if there is one, on `wire`."""
        if mark is None:
            return
        control = self.cache_control(mark, f"{path}.cache")
        if control is not None:
            wire["cache_control"] = control

    def cache_control(self, mark: CacheMark, path: str) -> Obj | None:
        """`cache_control`, None where there are too many already."""
        if self.marks_left <= 0 and not self.own:
            self.losses.lose(
                "cache_mark", path, f"Messages takes {CACHE_MARKS_MAX} cache marks at most"
            )
            return None
        self.marks_left -= 1
        control: Obj = {"type": "ephemeral"}
        if mark.lifetime is not None:
            control["ttl"] = _NEAREST.get(mark.lifetime, mark.lifetime)
            if control["ttl"] != mark.lifetime:
                self.losses.lose(
                    "cache_mark",
                    f"{path}.lifetime",
                    "Messages caches for 5 minutes or an hour; the shorter is asked for",
                )
        return self.lay_over(control, mark.extras, path)
