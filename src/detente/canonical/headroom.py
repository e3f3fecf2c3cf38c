"""How much a provider says it will still take: its limit headers as one reading.

Not a decision: nothing is refused here because of it, and what is None was not said.

>>> Headroom(requests_limit=60, requests_remaining=6).share_left
0.1
"""

import msgspec


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
