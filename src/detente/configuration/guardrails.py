"""`[guardrails]`: the tables of detectors and policies, and the policies as values.

What they mean is told by `canonical.guardrail`; what is wrong between them and other tables by
`policies`. Knows no detector and no model.

>>> policies_of(Guardrails(policies={"all": PolicyEntry()}))[0].name
'all'
"""

from typing import Annotated, Literal

from msgspec import Meta

from detente.canonical.guardrail import (
    DataRule,
    DeploymentFacts,
    Policy,
    RiskRule,
    RiskTreatment,
    Stage,
    Treatment,
)
from detente.canonical.model import RetentionMode
from detente.canonical.question import labels_of
from detente.canonical.safety import SafetyCategory
from detente.configuration.tables import Name, Secret, Strict

PATTERN_CHARACTERS_MAX = 1_000
"""Of a regular expression; what is longer is a dictionary."""
WAIT_MS_MAX = 60_000
"""A minute: nobody waits longer for text to be looked at."""
DAY_MS = 86_400_000
HELD_MAX = 10_000
"""Requests that one worker may hold for an operator: each keeps its body in memory."""
HOLD_MS_MAX = 86_400_000
"""A day: no connection is kept open longer for somebody to come."""
KEPT_TTL_MS_MAX = 400 * DAY_MS
"""A year and a month: no platform says that it keeps a response longer."""
KEPT_MAX = 1_000_000
"""Of kept maps in one folder: a file each."""

GUARDRAIL_PATTERN = (
    r"^([a-z0-9]{1,100}|arn:aws(-[^:]{1,20})?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:guardrail/[a-z0-9]{1,100})"
    r"$(?!\n)"
)
"""An id or an ARN, as botocore 1.44.5 has it."""

Word = Annotated[str, Meta(min_length=1, max_length=200)]
Words = Annotated[tuple[Word, ...], Meta(min_length=1)]
"""An empty list would mean everything where it looks like nothing, and is not taken."""
Category = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$(?!\n)")]
"""It stands in stand-ins, in capitals."""
WaitMs = Annotated[int, Meta(ge=1, le=WAIT_MS_MAX)]
PEOPLE = {"PERSON": "person"}
"""What `presidio` looks for where nobody says: a place is no address, and no more is assumed."""


DetectorKind = Literal[
    "dictionary",
    "pattern",
    "presidio",
    "openai_moderation",
    "azure_content_safety",
    "bedrock_guardrail",
    "model",
]


class DetectorEntry(Strict, frozen=True, kw_only=True):
    """`[guardrails.detectors.NAME]`: a detector of your own, or settings of a built-in one.

    A `dictionary` finds the words of the file `path` (relative to this one), one a line, in UTF-8;
    with `ignore_case` in any case; unless `whole_words` is false, only where no letter or digit
    adjoins. A `pattern` finds what a regular expression matches, on an engine of linear time (RE2's
    syntax); `look_back` is the most characters that one match has (256, left out), which text of a
    stream waits for. What either finds is of the category `category`.

    `presidio` finds names, of people if nothing else is said, by the `model`: the package of a
    model of spaCy, or with a `/` the path of its folder (relative to this one). `entities` are
    Presidio's names of what to look for, with the category of each.

    Remote ones find content risks (see `docs/how-to/ask-a-moderation-service.md`), at `stages`
    (`["input"]`, left out). `openai_moderation` asks the `provider` by `model`;
    `azure_content_safety` looks for `analyses` (`["harm"]`, left out; `prompt_attack` are Prompt
    Shields) and words of its `blocklists`; `bedrock_guardrail` is a `guardrail`, by id or ARN, in
    its `version` (`DRAFT`, left out). A `model` is a guard model on the deployment `model`
    (`provider/id`), `instructed` where it has no chat template for the task.

    Without a `kind` it sets what a built-in detector of that name can be told: `regions`, the
    countries whose forms it knows (ISO 3166, two letters). See `docs/reference/detectors.md`.
    """

    kind: DetectorKind | None = None
    category: Category | None = None
    path: Word | None = None
    ignore_case: bool | None = None
    whole_words: bool | None = None
    pattern: Annotated[str, Meta(min_length=1, max_length=PATTERN_CHARACTERS_MAX)] | None = None
    look_back: Annotated[int, Meta(ge=1, le=4_096)] | None = None
    entities: Annotated[dict[Word, Category], Meta(min_length=1)] | None = None
    provider: Name | None = None
    model: Word | None = None
    analyses: Annotated[tuple[Literal["harm", "prompt_attack"], ...], Meta(min_length=1)] | None = (
        None
    )
    blocklists: Words | None = None
    guardrail: Annotated[str, Meta(pattern=GUARDRAIL_PATTERN)] | None = None
    version: Annotated[str, Meta(pattern=r"^(DRAFT|[1-9][0-9]{0,7})$(?!\n)")] | None = None
    instructed: bool | None = None
    stages: Annotated[tuple[Stage, ...], Meta(min_length=1)] | None = None
    regions: (
        Annotated[tuple[Annotated[str, Meta(pattern=r"^[A-Z]{2}$(?!\n)")], ...], Meta(min_length=1)]
        | None
    ) = None


class FactsEntry(Strict, frozen=True, kw_only=True):
    """`deployments` of a rule: those of which every part that is given holds.

    `hosts`, `providers`, `regions` and `zones` (where it is processed) are names or patterns with
    `*`. `retention_at_most` is the most that may be kept: a deployment of which nobody said what it
    keeps, and one of a model whose publisher has more kept, does not fit. A fact that is missing
    never makes a deployment fit.
    """

    hosts: Words = ()
    providers: Words = ()
    regions: Words = ()
    zones: Words = ()
    retention_at_most: RetentionMode | None = None


class DataEntry(Strict, frozen=True, kw_only=True):
    """`[[guardrails.policies.NAME.data]]`: what becomes of data on its way to some deployments
    (`input`), and in their answers (`output`).

    `categories` are names of data categories, or `personal` or `secrets` for all of that group;
    left out, all data. The first rule of a policy that speaks of category and deployment decides;
    where none does, it passes untold. From the mildest: `allow`; `flag`, told in the ledger;
    `pseudonymise`, a stand-in whose original is put back into the answer, with `look_alike` one
    that keeps its form; `mask`, a mark for good; `block`, the deployment does not get the request
    or the client not the answer.
    """

    categories: Words = ()
    deployments: FactsEntry = FactsEntry()
    input: Treatment = "allow"
    output: Treatment = "allow"
    look_alike: bool = False


class RiskEntry(Strict, frozen=True, kw_only=True):
    """`[[guardrails.policies.NAME.risks]]`: what follows from what a platform's filters, or
    detectors here, say of a prompt or an answer.

    `categories` are those of [safety signals](safety.md), left out all; `severity_at_least` counts
    from 1 to 3, and what nobody graded counts as severe; `stages` left out are both. `elsewhere`
    tries another deployment, `hold` waits for an operator, `mask` holds for findings of detectors
    here. The first rule of a policy that speaks of a signal decides.
    """

    categories: Annotated[tuple[SafetyCategory, ...], Meta(min_length=1)] = ()
    stages: Annotated[tuple[Stage, ...], Meta(min_length=1)] = ()
    severity_at_least: Annotated[int, Meta(ge=1, le=3)] = 1
    treatment: RiskTreatment


class PolicyEntry(Strict, frozen=True, kw_only=True):
    """`[guardrails.policies.NAME]`: what may leave, to where, for whose requests.

    It governs requests of callers with all `labels`, of one of `projects`, for one of `models`
    (names, or patterns with `*`); left out, of all. Where several policies govern a request, the
    strictest treatment counts, the shortest wait, and what any of them looks for is judged by all.
    `detectors` are names of detectors, or `personal` or `secrets` for all that find such data; left
    out, all there are.

    `on_failure` is for a detector that fails or takes longer than `timeout_ms`; `on_unread` for
    parts that nobody here can read (an image, an unknown kind of content); `on_kept_history` for
    conversations that a platform keeps: `refuse`, or `remember` their pseudonyms, encrypted and for
    a while. Text of a stream waits at most `output_delay_ms` to be looked at.
    """

    labels: Annotated[dict[Word, Word], Meta(min_length=1)] = {}
    projects: Words = ()
    models: Words = ()
    detectors: Words = ()
    data: tuple[DataEntry, ...] = ()
    risks: tuple[RiskEntry, ...] = ()
    on_failure: Literal["block", "flag"] = "block"
    on_unread: Literal["block", "flag", "allow"] = "block"
    on_kept_history: Literal["refuse", "remember"] = "refuse"
    timeout_ms: WaitMs = 1_000
    output_delay_ms: WaitMs = 500


class Guardrails(Strict, frozen=True, kw_only=True):
    """`[guardrails]`: what is looked for in requests and answers, and what becomes of it.

    `secret` is what stand-ins and the keys of kept maps derive from; at least 32 characters, and
    the same on all machines that serve together. Left out, chance makes one in `server.state`.
    Maps of conversations that a platform keeps are kept for `kept_ttl_ms`, at most `kept_max` of
    them, as sealed files in `kept_folder` (left out, `kept` in `server.state`): of machines that
    serve together, only those that share that folder and the secret open each other's.

    Where a rule says `hold`, each worker holds at most `held_max` requests for an operator, in its
    memory, and each for `hold_timeout_ms` (and no longer than `limits.total_timeout_ms`); then it
    is refused. `show_held` lets operators see what a held request says, which nobody sees without.
    """

    detectors: dict[Name, DetectorEntry] = {}
    policies: dict[Name, PolicyEntry] = {}
    secret: Secret | None = None
    kept_ttl_ms: Annotated[int, Meta(ge=1_000, le=KEPT_TTL_MS_MAX)] = 30 * DAY_MS
    kept_max: Annotated[int, Meta(ge=1, le=KEPT_MAX)] = 100_000
    kept_folder: Word | None = None
    held_max: Annotated[int, Meta(ge=1, le=HELD_MAX)] = 100
    hold_timeout_ms: Annotated[int, Meta(ge=1, le=HOLD_MS_MAX)] = 300_000
    show_held: bool = False


def entities_of(entry: DetectorEntry) -> dict[str, str]:
    """What a detector of kind `presidio` looks for, with the category of each."""
    return entry.entities or PEOPLE


def categories_of(entry: DetectorEntry) -> tuple[str, ...]:
    """The data that a detector of one's own may find; none where a built-in one is set."""
    if entry.kind == "presidio":
        return tuple(dict.fromkeys(entities_of(entry).values()))
    return () if entry.category is None else (entry.category,)


def policies_of(guardrails: Guardrails) -> tuple[Policy, ...]:
    """Every policy as a value, in the order of the file."""
    return tuple(_policy(name, entry) for name, entry in guardrails.policies.items())


def _policy(name: str, entry: PolicyEntry) -> Policy:
    return Policy(
        name=name,
        labels=labels_of(dict(entry.labels)),
        projects=entry.projects,
        models=entry.models,
        detectors=entry.detectors,
        data=tuple(_data_rule(row) for row in entry.data),
        risks=tuple(_risk_rule(row) for row in entry.risks),
        on_failure=entry.on_failure,
        on_unread=entry.on_unread,
        on_kept_history=entry.on_kept_history,
        timeout_ms=entry.timeout_ms,
        output_delay_ms=entry.output_delay_ms,
    )


def _data_rule(row: DataEntry) -> DataRule:
    facts = row.deployments
    return DataRule(
        categories=row.categories,
        deployments=DeploymentFacts(
            hosts=facts.hosts,
            providers=facts.providers,
            regions=facts.regions,
            zones=facts.zones,
            retention_at_most=facts.retention_at_most,
        ),
        input=row.input,
        output=row.output,
        look_alike=row.look_alike,
    )


def _risk_rule(row: RiskEntry) -> RiskRule:
    return RiskRule(
        categories=row.categories,
        stages=row.stages,
        severity_at_least=row.severity_at_least,
        treatment=row.treatment,
    )
