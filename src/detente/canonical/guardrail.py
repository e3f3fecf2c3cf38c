"""What a policy on content says, and what was done under it: values, no rules.

A *data category* is what a detector finds in text (`email`, `secret`, a word of the customer's
own); a content risk has a `SafetyCategory` (`canonical.safety`). A *treatment* is what becomes of a
finding. Never content: evidence names categories and counts.

>>> strictest("flag", "pseudonymise")
'pseudonymise'
"""

from typing import Final, Literal

import msgspec

from detente.canonical.model import RetentionMode
from detente.canonical.question import Labels
from detente.canonical.safety import SafetyCategory

Treatment = Literal["allow", "flag", "pseudonymise", "mask", "block"]
"""What becomes of what was found.

`allow`: it passes, untold. `flag`: it passes, and the ledger tells it. `pseudonymise`: a stand-in
passes, and the original is put back into the answer. `mask`: a mark of its category passes, for
good. `block`: the deployment does not get the request; of an answer, the client does not get it.
"""
TREATMENTS: Final[tuple[Treatment, ...]] = ("allow", "flag", "pseudonymise", "mask", "block")
"""From the mildest to the strictest."""

RiskTreatment = Literal["allow", "flag", "mask", "elsewhere", "hold", "block"]
"""What follows from a content risk. `elsewhere`: another deployment is tried. `hold`: the request
waits for an operator's word. The others are as for data; `mask` holds for our own findings only."""
RISK_TREATMENTS: Final[tuple[RiskTreatment, ...]] = (
    "allow",
    "flag",
    "mask",
    "elsewhere",
    "hold",
    "block",
)

Stage = Literal["input", "output"]

PERSONAL: Final = (
    "email",
    "phone",
    "payment_card",
    "iban",
    "national_id",
    "tax_id",
    "ip_address",
    "mac_address",
    "postal_address",
    "person",
)
"""Data categories that `personal` stands for in a policy."""
SECRETS: Final = ("secret", "url_credentials")
"""Data categories that `secrets` stands for."""
GROUPS: Final[dict[str, tuple[str, ...]]] = {"personal": PERSONAL, "secrets": SECRETS}


class DeploymentFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Which deployments a rule speaks of: every part that is given holds; nothing given is all.

    `hosts`, `providers`, `regions`, `zones` (where it is processed) are patterns with `*`.
    `retention_at_most` is the most that may be kept; a deployment whose retention nobody supplied
    does not have it. A fact that is missing never makes a deployment fit.
    """

    hosts: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    retention_at_most: RetentionMode | None = None


class DataRule(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of data categories at some deployments; the first rule of a policy that speaks
    of both decides.

    `categories` are names or groups (`GROUPS`), empty for all. `look_alike` gives pseudonyms that
    keep the form of the original.
    """

    categories: tuple[str, ...] = ()
    deployments: DeploymentFacts = DeploymentFacts()
    input: Treatment = "allow"
    output: Treatment = "allow"
    look_alike: bool = False


class RiskRule(msgspec.Struct, frozen=True, kw_only=True):
    """What follows from a content risk; the first rule of a policy that speaks of it decides.

    `categories` empty is all of them; `severity_at_least` counts from 1, and a signal of which
    nobody says how severe it is counts as severe. `stages` empty is both.
    """

    categories: tuple[SafetyCategory, ...] = ()
    stages: tuple[Stage, ...] = ()
    severity_at_least: int = 1
    treatment: RiskTreatment


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """One policy: whose requests it governs, what is looked for, and what follows.

    It governs requests of callers with all `labels`, of one of `projects`, for one of `models`
    (patterns with `*`; empty is all). Of several policies that govern one request, the strictest
    treatment counts. `detectors` are names, or groups of what they find; empty is the default ones.
    `on_failure` is for a detector that fails, takes longer than `timeout_ms`, or lies;
    `on_unread` for parts that nothing here can read (an image, an unknown kind of content);
    `on_kept_history` for conversations that the platform keeps, whose pseudonyms nobody here could
    put back: `refuse`, or `remember` an encrypted map that expires. `output_delay_ms` is the
    longest that text of a stream waits to be looked at.
    """

    name: str
    labels: Labels = ()
    projects: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    detectors: tuple[str, ...] = ()
    data: tuple[DataRule, ...] = ()
    risks: tuple[RiskRule, ...] = ()
    on_failure: Literal["block", "flag"] = "block"
    on_unread: Literal["block", "flag", "allow"] = "block"
    on_kept_history: Literal["refuse", "remember"] = "refuse"
    timeout_ms: int = 1_000
    output_delay_ms: int = 500


class Screened(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """What one detector found of one category in one request, and what was done: evidence.

    `count` is 0 where the detector did not run; then `treatment` is what the policy says for that,
    and `category` is `detector_failed` or `unread`.
    """

    policy: str
    stage: Stage
    detector: str
    category: str
    treatment: Treatment | RiskTreatment
    count: int


def strictest(*treatments: Treatment) -> Treatment:
    """The strictest of some, `allow` of none."""
    worst: Treatment = "allow"
    for treatment in treatments:
        if TREATMENTS.index(treatment) > TREATMENTS.index(worst):
            worst = treatment
    return worst
