"""Reasoning state that clients cannot hand back, kept between two requests of a conversation.

Found by who asked and by the ids of the tool calls that came with it. Bounded in bytes and in time;
what does not fit drives out what was kept first. It stays in this worker's memory and is written
nowhere: a conversation that continues at another worker continues without it.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from detente.dialects.translation import Memory

IDS_ASKED_MAX: Final = 256
"""Calls of a conversation that are looked for, the last first."""
ENTRY_BYTES: Final = 300
"""What an entry costs beside its texts."""

Owner = tuple[str | None, str | None]
"""Project and key: nobody is reminded of another's."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One answer's memory, and the deployment that made it."""

    memory: Memory
    deployment: str
    size_bytes: int
    until_s: float


class Memories:
    """See the module."""

    def __init__(self, *, bytes_max: int, ttl_ms: int, now: Callable[[], float]) -> None:
        self.bytes_max = bytes_max
        self.ttl_s = ttl_ms / 1000
        self.size_bytes = 0
        self._now = now
        self._kept: OrderedDict[tuple[Owner, str], Kept] = OrderedDict()

    def keep(self, owner: Owner, memory: Memory, deployment: str) -> None:
        """Remember an answer; under the id of each of its calls."""
        size = ENTRY_BYTES + _size_of(memory)
        if size * len(memory.ids) > self.bytes_max:
            return
        kept = Kept(
            memory=memory,
            deployment=deployment,
            size_bytes=size,
            until_s=self._now() + self.ttl_s,
        )
        for id_ in memory.ids:
            self._drop((owner, id_))
            self._kept[owner, id_] = kept
            self.size_bytes += size
        while self.size_bytes > self.bytes_max:
            _, oldest = self._kept.popitem(last=False)
            self.size_bytes -= oldest.size_bytes

    def recall(
        self, owner: Owner, ids: Iterable[str], *, made_by: str | None = None
    ) -> tuple[dict[str, Memory], str | None]:
        """What is known of these calls, and the deployment that made the first that is known; with
        `made_by` what that deployment made, and nothing else."""
        if not self._kept:
            return {}, None
        found: dict[str, Memory] = {}
        deployment: str | None = None
        now = self._now()
        for count, id_ in enumerate(ids):
            if count >= IDS_ASKED_MAX:
                break
            kept = self._kept.get((owner, id_))
            if kept is None or made_by not in (None, kept.deployment):
                continue
            if kept.until_s <= now:
                self._drop((owner, id_))
                continue
            found[id_] = kept.memory
            deployment = deployment or kept.deployment
        return found, deployment

    def _drop(self, key: tuple[Owner, str]) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self.size_bytes -= kept.size_bytes


def _size_of(memory: Memory) -> int:
    states = [*memory.states.values(), *(t.state for t in memory.thoughts if t.state is not None)]
    texts = sum(len(thought.text) + sum(map(len, thought.summary)) for thought in memory.thoughts)
    return texts + sum(len(state.value) for state in states) + sum(map(len, memory.ids))
