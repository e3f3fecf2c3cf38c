"""The loss matrix: what each dialect does with each feature, found by encoding the samples.

Not a table that somebody keeps: a cell is what the encoder says. Rows are features of
`_translation/samples.py`, columns dialects.

>>> cell = request_row("seed")["anthropic_messages"]
>>> cell.severity
'drop'
"""

from typing import Final

import msgspec

from detente.canonical.loss import Loss, Severity
from detente.canonical.model import Dialect
from detente.dialects import CODECS
from detente.dialects._translation.samples import REQUESTS, RESPONSES
from detente.dialects.codec import Reply, Target

MODEL: Final = "m"
"""A model of which nothing is known, so that only the dialect speaks."""


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a feature in a dialect: carried whole (`severity` None), or what is lost."""

    severity: Severity | None
    losses: tuple[Loss, ...] = ()


def request_features() -> tuple[str, ...]:
    """The rows of requests."""
    return tuple(REQUESTS)


def response_features() -> tuple[str, ...]:
    """The rows of answers."""
    return tuple(RESPONSES)


def request_row(feature: str) -> dict[Dialect, Cell]:
    """What a request that needs `feature` loses in each dialect."""
    target = Target(model=MODEL)
    request = REQUESTS[feature]
    return {codec.name: _cell(codec.encode_request(request, target).losses) for codec in CODECS}


def response_row(feature: str) -> dict[Dialect, Cell]:
    """What an answer that needs `feature` loses in each dialect."""
    reply = Reply(now_s=1)
    response = RESPONSES[feature]
    return {codec.name: _cell(codec.encode_response(response, reply).losses) for codec in CODECS}


def _cell(losses: tuple[Loss, ...]) -> Cell:
    if not losses:
        return Cell(severity=None)
    refused = any(loss.severity == "refuse" for loss in losses)
    return Cell(severity="refuse" if refused else "drop", losses=losses)
