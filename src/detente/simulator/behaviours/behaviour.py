"""What every scripted behaviour has: how often it holds, and its own pace.

>>> Behaviour(times=3).times
3
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from detente.simulator.delivery import Stage, deliver
from detente.simulator.exchange import Answer

Amount = Annotated[int, Meta(ge=0)]


class Behaviour(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="do", forbid_unknown_fields=True
):
    """The base: answers as usual, perhaps slower.

    `times` is how many requests it holds for; `first_byte_ms` and `token_ms` replace the
    simulator's own pace.
    """

    times: Annotated[int, Meta(ge=1)] = 1
    first_byte_ms: Amount | None = None
    token_ms: Amount | None = None

    async def perform(self, answer: Answer, stage: Stage) -> None:
        """Sends `answer`, or something else instead."""
        await deliver(answer, stage)
