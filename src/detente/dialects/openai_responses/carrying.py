"""What every encoder of this dialect does alike: cache marks, opaque state, unknown members.

Not how an object is written: only what of it has no place in the Responses API, and that it is
named.

>>> losses = Losses()
>>> breakpoint_of(CacheMark(lifetime="5m"), "turns[0].parts[0]", losses, own=False) is None
True
>>> losses.found[0].what
'cache_mark'
"""

from typing import Final

from detente.canonical.content import CacheMark, Opaque
from detente.canonical.extras import Extras, Obj
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import foreign, laid_over, rest
from detente.dialects.openai_responses.words import BEYOND, CACHE_LIFETIMES, DIALECT

_BREAKPOINT: Final = frozenset(("mode", "ttl"))


def beyond(wire: Obj) -> Obj | None:
    """The known members of a call, a result or a tool that no other API has a meaning for."""
    return {key: wire[key] for key in BEYOND if wire.get(key) is not None} or None


def leave_members(extras: Extras | None, path: str, losses: Losses) -> None:
    """Name what another dialect's object says that nobody knows."""
    if extras is None or extras.dialect == DIALECT:
        return
    for name, _ in foreign((extras,), DIALECT):
        losses.lose(
            "unknown_member",
            f"{path}.{name}" if path else name,
            f"only `{extras.dialect}` has this member",
        )


def leave_state(state: Opaque | None, path: str, losses: Losses) -> None:
    """Name opaque state that stands where this dialect has no place for it."""
    if state is not None:
        losses.lose("reasoning_state", path, "the Responses API keeps state in reasoning items")


def mark_of(wire: Obj) -> CacheMark:
    """A `prompt_cache_breakpoint`; its mode has one value."""
    ttl = wire.get("ttl")
    spelt: Obj = {}
    if wire.get("mode") != "explicit":
        spelt["mode"] = wire.get("mode")
    if ttl is not None and ttl not in ("30m", "12h"):
        spelt["ttl"] = ttl
    return CacheMark(
        lifetime="30m" if ttl == "30m" else "12h" if ttl == "12h" else None,
        extras=rest(wire, _BREAKPOINT, DIALECT, spelling=spelt or None),
    )


def breakpoint_of(mark: CacheMark | None, path: str, losses: Losses, *, own: bool) -> Obj | None:
    """A cache mark as `prompt_cache_breakpoint`.

    Only a mark that names one of this API's lifetimes, or came in this dialect (`own`), is
    written: models before `gpt-5.6` refuse it, and all cache by themselves.
    """
    if mark is None:
        return None
    if not own and mark.lifetime not in CACHE_LIFETIMES:
        leave_mark(mark, path, losses)
        return None
    wire: Obj = {"mode": "explicit"}
    if mark.lifetime is not None:
        wire["ttl"] = mark.lifetime
    return laid_over(wire, mark.extras, DIALECT)


def leave_mark(mark: CacheMark | None, path: str, losses: Losses) -> None:
    """Name a cache mark that cannot be written."""
    if mark is not None:
        losses.lose("cache_mark", path, "the platform caches prompts by itself, for 30m or 12h")
