"""E19: two configured providers, one host: one outage, or one contract's end, may stop both.

A warning, one for each owner of machines; reports of concentration count such providers as one.

>>> [finding.fact for finding in shared_hosts(survey)]
['`azure` and `openai` run on the machines of `microsoft`']
"""

from collections.abc import Iterator

from detente.agreements.checking.report import CheckFinding
from detente.agreements.checking.survey import Survey


def shared_hosts(survey: Survey) -> Iterator[CheckFinding]:
    """A finding for each host with more than one provider."""
    providers: dict[str, set[str]] = {}
    for deployment in survey.world.deployments:
        providers.setdefault(deployment.host, set()).add(deployment.provider)
    for host in sorted(providers):
        names = sorted(providers[host])
        if len(names) < 2:
            continue
        told = f"{', '.join(f'`{name}`' for name in names[:-1])} and `{names[-1]}`"
        yield CheckFinding(
            code="E19",
            message=(
                f"providers {told} run on the machines of one host, `{host}`, and count as one "
                f"when it fails; add a provider with another host, or know that they are one"
            ),
            configured=("providers", names[1]),
            fact=f"{told} run on the machines of `{host}`",
        )
