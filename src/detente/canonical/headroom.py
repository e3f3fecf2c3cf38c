"""How much a provider says it will still take: its limit headers as one reading.

Not a decision: nothing is refused here because of it, and what is None was not said.

>>> Headroom(requests_limit=60, requests_remaining=6).share_left
0.1
"""

from typing import Final

import msgspec

WAIT_MS_MAX: Final = 60_000
"""The longest wait that a used-up limit suggests. Most windows are a minute; where one is longer,
platforms give back a part of it all the time, and its reset tells only when it is whole."""


class Headroom(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an answer's headers say of limits.

    `…_limit` and `…_remaining` count in the window of the platform's own (a minute, mostly);
    `…_reset_ms` is how long it takes from now until the whole limit is there again.
    `provisioned_utilisation` is the share of provisioned capacity in use, above 1 where it is
    overdrawn. `spilled_from` is the provisioned deployment that had no room for this request, where
    the platform itself sent it elsewhere.
    """

    requests_limit: int | None = None
    requests_remaining: int | None = None
    requests_reset_ms: int | None = None
    tokens_limit: int | None = None
    tokens_remaining: int | None = None
    tokens_reset_ms: int | None = None
    input_tokens_limit: int | None = None
    input_tokens_remaining: int | None = None
    input_tokens_reset_ms: int | None = None
    output_tokens_limit: int | None = None
    output_tokens_remaining: int | None = None
    output_tokens_reset_ms: int | None = None
    provisioned_utilisation: float | None = None
    spilled_from: str | None = None

    @property
    def wait_ms(self) -> int | None:
        """How long a refused request should wait: until every limit of which nothing is left is
        there again, within `WAIT_MS_MAX`; None where none is used up or nobody says until when."""
        pairs = (
            (self.requests_remaining, self.requests_reset_ms),
            (self.tokens_remaining, self.tokens_reset_ms),
            (self.input_tokens_remaining, self.input_tokens_reset_ms),
            (self.output_tokens_remaining, self.output_tokens_reset_ms),
        )
        waits = [reset_ms for left, reset_ms in pairs if left == 0 and reset_ms is not None]
        return min(max(waits), WAIT_MS_MAX) if waits else None

    @property
    def share_left(self) -> float | None:
        """The smallest share of a limit that is left, 0 to 1; None where no limit is told."""
        pairs = (
            (self.requests_remaining, self.requests_limit),
            (self.tokens_remaining, self.tokens_limit),
            (self.input_tokens_remaining, self.input_tokens_limit),
            (self.output_tokens_remaining, self.output_tokens_limit),
        )
        shares = [min(left / limit, 1.0) for left, limit in pairs if left is not None and limit]
        if self.provisioned_utilisation is not None:
            shares.append(max(0.0, 1.0 - self.provisioned_utilisation))
        return min(shares, default=None)
