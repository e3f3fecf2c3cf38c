"""What was found in the texts of one request, as the ledger keeps it: categories and counts. Pure.

Not here: content risks (`risk.evidence_of`), and what of it all a settlement has room for
(`canonical.evidence.kept`).

>>> failures((Policy(name="p"),), ("phone",), "input")[0].treatment
'block'
"""

from collections.abc import Iterable, Sequence

from detente.canonical.evidence import FAILED, UNREAD, counted
from detente.canonical.guardrail import Policy, Screened, Stage, Treatment
from detente.guardrails.judging import Judged

_Said = tuple[Treatment, str]
"""A treatment, and the policy that says so."""


def findings(judged: Iterable[Judged], stage: Stage) -> tuple[Screened, ...]:
    """What became of each finding of data; what is allowed is untold."""
    return counted(
        Screened(
            policy=one.applied.policy,
            stage=stage,
            detector=one.found.detector,
            category=one.found.category,
            treatment=one.applied.treatment,
            count=1,
        )
        for one in judged
        if one.applied.treatment != "allow"
    )


def failures(
    policies: Sequence[Policy], detectors: Iterable[str], stage: Stage
) -> tuple[Screened, ...]:
    """Detectors that failed, took too long, or lied, and what the policies say of that."""
    said: list[_Said] = [(policy.on_failure, policy.name) for policy in policies]
    return _unseen(said, FAILED, detectors, stage)


def unread(policies: Sequence[Policy], kinds: Iterable[str], stage: Stage) -> tuple[Screened, ...]:
    """Kinds of parts that nothing here can read (`image`), and what the policies say of them."""
    said: list[_Said] = [(p.on_unread, p.name) for p in policies if p.on_unread != "allow"]
    return _unseen(said, UNREAD, kinds, stage)


def _unseen(
    said: Sequence[_Said], category: str, names: Iterable[str], stage: Stage
) -> tuple[Screened, ...]:
    """What was not looked at, under the first of the policies that are strictest with it."""
    if not said:
        return ()
    treatment, policy = next((one for one in said if one[0] == "block"), said[0])
    return tuple(
        Screened(
            policy=policy,
            stage=stage,
            detector=name,
            category=category,
            treatment=treatment,
            count=0,
        )
        for name in dict.fromkeys(names)
    )
