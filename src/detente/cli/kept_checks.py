"""What `detente check` finds of stand-ins that are to be remembered, or to be shared by machines.

Reads the configuration and what is installed; opens nothing.

>>> [finding.code for finding in kept_checks(setup)]
['E28']
"""

from collections.abc import Iterator

from detente.agreements.check import CheckFinding
from detente.canonical.guardrail import Policy
from detente.gateway.processes.extras import can_seal
from detente.wiring import Setup


def kept_checks(setup: Setup) -> Iterator[CheckFinding]:
    """Everything that is found."""
    if not can_seal():
        for policy in setup.policies:
            if _remembers(policy):
                yield CheckFinding(
                    code="E27",
                    message=f"policy `{policy.name}` remembers stand-ins of kept conversations, "
                    "and nothing here can seal what is kept; install `detente[guardrails]`",
                    configured=(*_policy(policy), "on_kept_history"),
                    fact="cryptography is not installed",
                )
    if setup.configuration.store.url is not None:
        yield from _not_shared(setup)


def _not_shared(setup: Setup) -> Iterator[CheckFinding]:
    """What machines that share a store keep to themselves."""
    guardrails = setup.configuration.guardrails
    making = [policy for policy in setup.policies if _makes_stand_ins(policy)]
    remembering = [policy for policy in making if _remembers(policy)]
    if making and guardrails.secret is None:
        yield CheckFinding(
            code="E28",
            message="machines that share a store each make a secret of their own, so that their "
            "stand-ins for one original differ; set one `guardrails.secret` on all of them",
            configured=_policy(making[0]),
            fact="`store.url` is set, and `guardrails.secret` is not",
        )
    if remembering and guardrails.kept_folder is None:
        yield CheckFinding(
            code="E28",
            message="a conversation that the platform keeps can only go on at the machine that "
            "remembers its stand-ins, and others refuse it; share one `guardrails.kept_folder`, or "
            "send each client to one machine",
            configured=(*_policy(remembering[0]), "on_kept_history"),
            fact="`store.url` is set, and `guardrails.kept_folder` is not",
        )


def _policy(policy: Policy) -> tuple[str, ...]:
    return ("guardrails", "policies", policy.name)


def _remembers(policy: Policy) -> bool:
    return policy.on_kept_history == "remember"


def _makes_stand_ins(policy: Policy) -> bool:
    return any(rule.input == "pseudonymise" for rule in policy.data)
