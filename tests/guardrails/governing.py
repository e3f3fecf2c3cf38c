"""A class of requests that one policy governs, made without a configuration.

>>> governed_of({"email": "mask"}).treatments["d"].of("email", "input").treatment
'mask'
"""

from collections.abc import Mapping

from detente.canonical.guardrail import Policy, Treatment
from detente.guardrails.policy import Applied, Treatments, bounds_of
from detente.guardrails.rulebook import Governed

PLAIN = Policy(name="p")
KEY = bytes(range(32))


def governed_of(
    inputs: Mapping[str, Treatment] | None = None,
    *policies: Policy,
    output: Mapping[str, Treatment] | None = None,
    look_alike: bool = False,
) -> Governed:
    """One deployment `d`, at which each category is treated so; policies else say nothing."""
    several = policies or (PLAIN,)
    treatments = Treatments(
        input=_applied(inputs or {}, look_alike=look_alike),
        output=_applied(output or {}, look_alike=False),
    )
    return Governed(
        policies=several,
        bounds=bounds_of(several),
        detectors=frozenset(),
        treatments={"d": treatments},
    )


def _applied(treatments: Mapping[str, Treatment], *, look_alike: bool) -> dict[str, Applied]:
    return {
        name: Applied(treatment=one, policy="p", look_alike=look_alike)
        for name, one in treatments.items()
    }
