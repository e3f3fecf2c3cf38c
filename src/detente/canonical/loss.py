"""What a translation could not carry."""

from collections.abc import Collection, Iterable
from typing import Final, Literal

import msgspec

Severity = Literal["refuse", "drop"]
"""`refuse`: the answer would be to another question (tools, schemas, images, safety, history).
`drop`: the request means the same without it; it is dropped and named."""

LOSSES_MAX: Final = 64
"""Losses that one request can name; the last then says how many more there were."""


class Loss(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One thing that the target cannot carry.

    `path` is where it stood, in the canonical form's words (`turns[2].parts[0]`); `what` the
    feature (a row of the loss matrix); `why` one sentence.

    >>> str(Loss(path="seed", what="seed", why="Messages has no seed", severity="drop"))
    'seed'
    """

    path: str
    what: str
    why: str
    severity: Severity

    def __str__(self) -> str:
        """As in `x-detente-loss`: the feature, and where, if that says more."""
        return self.what if self.path == self.what else f"{self.what}@{self.path}"


def not_allowed(
    losses: Iterable[Loss], *, every: bool = False, allowed: Collection[str] = ()
) -> tuple[Loss, ...]:
    """Those of `losses` for which a request is refused: the grave ones, or `every` one; never those
    whose feature is `allowed`."""
    return tuple(
        loss for loss in losses if (every or loss.severity == "refuse") and loss.what not in allowed
    )
