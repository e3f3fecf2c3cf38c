"""How a request ended that was not answered: what its failure says for the ledger. Pure.

>>> of_refusal(ClientFault("rate_limited", "too many requests").failure, "failed")
'denied'
"""

from typing import Final

from detente.canonical.entry import EntryOutcome
from detente.canonical.failure import Failure

LIMITS_OF_OURS: Final = (
    "budget_exhausted",
    "guardrail_blocked",
    "key_invalid",
    "model_not_allowed",
    "overloaded",
    "price_unknown",
    "rate_limited",
    "store_unavailable",
)
"""Codes of clients' faults that the gateway denies, though it understood them."""


def of_refusal(failure: Failure, otherwise: EntryOutcome) -> EntryOutcome:
    """What an error of the gateway's own makes of a request; `otherwise` where it was ours."""
    if failure.blame == "agreement" or failure.code in LIMITS_OF_OURS:
        return "denied"
    return "invalid" if failure.blame == "client" else otherwise


def of_last(failure: Failure) -> EntryOutcome:
    """What the last failure makes of a request that nobody is left to be asked for.

    A provider refused it, or some policy on content left nobody, or all of them failed.
    """
    if failure.is_refusal:
        return "refused"
    return "denied" if failure.code == "guardrail_blocked" else "failed"
