"""What each code of `check` means, in a title, a sentence and the cure.

Words for reports, for SARIF's rules and for the reference; finds nothing.

>>> RULES["E14"].title
'threshold without verifier'
"""

from typing import Final

import msgspec


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One code: `title` names what is wrong, `meaning` says it in a sentence, `cure` what to do."""

    title: str
    meaning: str
    cure: str


RULES: Final[dict[str, Rule]] = {
    "E01": Rule(
        title="overlapping exclusives",
        meaning="Two exclusives of different holders speak of one deployment at the same time.",
        cure="Narrow the scope or the dates of one, or write which one yields.",
    ),
    "E02": Rule(
        title="grant or listing inside another's exclusive",
        meaning="What a grant or a listing gives, another holder's exclusive closes.",
        cure="Change the dates or the scope, or write an exception.",
    ),
    "E03": Rule(
        title="model with no legal deployment",
        meaning="On some date since its release, nobody may use the model anywhere.",
        cure="Configure a deployment that the agreements allow, or grant and list one.",
    ),
    "E04": Rule(
        title="expired grant still relied on",
        meaning=(
            "A deployment was permitted only by a grant that has ended, while its listing goes on "
            "or another clause still counts on it."
        ),
        cure="Extend the grant, or end what relies on it.",
    ),
    "E05": Rule(
        title="gap between successor agreements",
        meaning="A successor begins after the agreement that it supersedes has ended.",
        cure="Let the successor begin when its predecessor ends.",
    ),
    "E06": Rule(
        title="commitment that cannot be burnt",
        meaning="All forecast use that may count towards a commitment costs less than is owed.",
        cure="Commit to less, widen what is eligible, or correct the forecast.",
    ),
    "E07": Rule(
        title="spend counted twice",
        meaning="One deployment's use counts for two commitments of different agreements.",
        cure="Narrow what is eligible for one of them.",
    ),
    "E08": Rule(
        title="first refusal without signal, window or default",
        meaning="Nobody can tell when the holder of a first refusal has refused.",
        cure="Add the signals, the window and what silence means.",
    ),
    "E09": Rule(
        title="first refusal and exclusive deadlock",
        meaning=(
            "A first refusal promises its holder what an exclusive closes, or two of them wait for "
            "each other."
        ),
        cure="Write which of the two yields.",
    ),
    "E10": Rule(
        title="demand that no deployment meets",
        meaning="On some date no deployment of a model meets a demand that holds for it.",
        cure="Configure a deployment that meets it, or narrow the demand.",
    ),
    "E11": Rule(
        title="spill leaves the zone",
        meaning="Overflow of provisioned capacity may go, or is sent, where it must not.",
        cure="Name a zone and holders within it.",
    ),
    "E12": Rule(
        title="attestation lapses mid-term",
        meaning="A document expires while a demand for it is still in force.",
        cure="Renew the document, or end the demand with it.",
    ),
    "E13": Rule(
        title="hold outlives the model",
        meaning="A follower's wait ends after the last date on which it may use the model.",
        cure="Shorten the wait, or prolong the use.",
    ),
    "E14": Rule(
        title="threshold without verifier",
        meaning="Anybody's word that the event happened closes or opens models.",
        cure="Say who verifies the event.",
    ),
    "E15": Rule(
        title="revenue share without cap basis",
        meaning="A cap has no period in which it is counted, or a period has no cap.",
        cure="Give both, or neither.",
    ),
    "E16": Rule(
        title="price gap, overlap or currency mismatch",
        meaning="Prices of one meter leave a gap, contradict each other, or cannot be compared.",
        cure="Let prices join, rank one over the other, or give the rate of exchange.",
    ),
    "E17": Rule(
        title="supersession, amendment or exception cycle",
        meaning="Agreements or clauses yield to each other in a circle.",
        cure="Leave out one link of the circle.",
    ),
    "E18": Rule(
        title="zero retention on a model that mandates retention",
        meaning="A demand allows less to be kept than the model's publisher has platforms keep.",
        cure="Leave the model out of the demand, or allow what its publisher requires.",
    ),
    "E19": Rule(
        title="two providers, one host",
        meaning="Two providers run on one owner's machines, so that one outage may stop both.",
        cure="Count them as one, or add a provider with another host.",
    ),
    "E20": Rule(
        title="notice longer than an exit takes",
        meaning="An agreement binds for longer than a drill shows that leaving takes.",
        cure="Negotiate a shorter notice.",
    ),
    "E21": Rule(
        title="policy that governs nobody",
        meaning="No configured caller or model is as a policy on content asks for.",
        cure="Correct its labels, projects or models, or give a key the labels.",
    ),
    "E22": Rule(
        title="rule that never acts",
        meaning="A policy would treat everything as it does without the rule.",
        cure="Move it before the rule that hides it, correct what it says, or remove it.",
    ),
    "E23": Rule(
        title="model closed for data",
        meaning="A policy lets data pass to some deployments only, and a model has none of those.",
        cure="Configure such a deployment, or leave the model out of the policy.",
    ),
    "E24": Rule(
        title="detector that cannot look",
        meaning="A policy asks for a detector that cannot be made, or whose package is missing.",
        cure="Install `detente[guardrails]`, or correct the detector.",
    ),
    "E25": Rule(
        title="missing fact that lets data pass",
        meaning="A strict rule does not speak of a deployment of which nobody said a fact.",
        cure="Say the fact, or write a rule for where data may pass and a last one for the rest.",
    ),
    "E26": Rule(
        title="policy and agreements exclude each other",
        meaning="What agreements leave of the deployments are those where a policy blocks.",
        cure="Narrow the clause or the policy, or configure a deployment that both allow.",
    ),
    "E27": Rule(
        title="history that cannot be remembered",
        meaning="A policy remembers stand-ins of kept conversations, and nothing can seal them.",
        cure="Install `detente[guardrails]`, or let the policy refuse such requests.",
    ),
    "E28": Rule(
        title="stand-ins that machines do not share",
        meaning="Machines share a store, and not the secret or the folder of kept stand-ins.",
        cure="Set one `guardrails.secret` on all of them, and share one `guardrails.kept_folder`.",
    ),
    "E29": Rule(
        title="detector that may not see",
        meaning="A policy blocks at a remote detector what deployments get, so that it fails.",
        cure="Let it see stand-ins, or ask a detector of your own.",
    ),
    "W01": Rule(
        title="name of nothing",
        meaning="A clause names a party, a holder, a place or a model that nobody has configured.",
        cure="Correct the name, or configure what it names.",
    ),
}
"""Every code, in its order."""
