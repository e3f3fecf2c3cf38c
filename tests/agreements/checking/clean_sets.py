"""Realistic sets of agreements that raise nothing at all: what defects are injected into.

A set is a reseller's world: models of several publishers, each at two or more providers, with
terms, orders, a policy of its own, an exclusive that has ended, a first refusal, a staged
release, a threshold, provisioned capacity, commitments and what use is expected. The same seed
makes the same set. Files are text, so that lines can be compared.

>>> clean = clean_set(7)
>>> check(clean.world, clean.loaded())
()
"""

import random
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, cast

import msgspec

from detente.agreements import AgreementSet, load
from detente.canonical.drill import DrillReport
from detente.canonical.forecast import Forecast
from detente.canonical.model import Attestation, Deployment, Interface, Model
from detente.canonical.price import Price
from detente.canonical.world import World
from tests.agreements.checking.worlds import day

Table = dict[str, Any]

BEGIN = day("2024-06-01")
"""When all terms begin: before any model is out."""
ORDERED, ENDS = day("2026-01-01"), day("2028-01-01")
"""The term of this year's orders."""
HOSTS = {
    "openai": "openai",
    "azure": "microsoft",
    "bedrock": "amazon",
    "vertex": "google",
    "anthropic": "anthropic",
    "mistral": "mistral",
    "oci": "oracle",
}
"""A host for each provider: two of one host would be worth a warning."""
ZONES = {
    "openai": "us",
    "azure": "eu",
    "bedrock": "us",
    "vertex": "eu-west",
    "anthropic": "us",
    "mistral": "eu",
    "oci": "us",
}
EUROPE = ["eu", "eu-*"]
ROLES = ("exclusive", "first_refusal", "hold", "threshold", "kept", "plain")
"""What each model is for: none has more than one clause that could shut it."""
NAMES = {
    "openai": ("gpt-6", "gpt-6-mini", "o5"),
    "anthropic": ("opus-5", "sonnet-5", "haiku-5"),
    "mistral": ("large-4", "small-4"),
    "meta": ("llama-5", "llama-5-small"),
}


class CleanSet:
    """A world and its agreements, to be changed and then read."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.default: Literal["permit", "deny"] = "deny"
        self.models: dict[str, Model] = {}
        self.roles: dict[str, str] = {}
        self.deployments: dict[str, Deployment] = {}
        self.agreements: dict[str, Table] = {}
        self.forecasts: list[Forecast] = []
        self.drills: list[DrillReport] = []

    @property
    def world(self) -> World:
        """What is configured."""
        return World(
            models=tuple(self.models.values()),
            deployments=tuple(self.deployments.values()),
            default=self.default,
            cost_prices=tuple(_price(d) for d in self.deployments.values()),
            forecasts=tuple(self.forecasts),
        )

    def loaded(self) -> AgreementSet:
        """The agreements, read from their files."""
        return load([(f"{name}.toml", text(table).encode()) for name, table in self.shuffled()])

    def shuffled(self) -> list[tuple[str, Table]]:
        """The agreements in another order each time: it never matters."""
        items = list(self.agreements.items())
        self.chance.shuffle(items)
        return items

    def agreement(self, id: str, *clauses: Table, **head: Any) -> Table:
        """A new agreement with these clauses."""
        table: Table = {"id": id, "recorded_at": BEGIN, "from": BEGIN, **head}
        self.agreements[id] = {**table, "clause": list(clauses)}
        return self.agreements[id]

    def clause(self, id: str) -> Table:
        """The clause of that full id, to be changed."""
        agreement, _, name = id.partition("/")
        return next(c for c in self.agreements[agreement]["clause"] if c["id"] == name)

    def clauses(self, type: str) -> list[tuple[str, Table]]:
        """All clauses of a type by their full ids."""
        return [
            (f"{id}/{clause['id']}", clause)
            for id, agreement in sorted(self.agreements.items())
            for clause in agreement["clause"]
            if clause["type"] == type
        ]

    def place_of(self, id: str) -> tuple[str, int]:
        """File and line of a clause, or of an agreement."""
        agreement, _, name = id.partition("/")
        if not name:
            return f"{agreement}.toml", 1
        lines = text(self.agreements[agreement]).splitlines()
        named = lines.index(f'id = "{name}"', lines.index("[[clause]]"))
        return f"{agreement}.toml", named

    def of_role(self, role: str) -> Model:
        """A model of that role."""
        return self.chance.choice([m for n, m in self.models.items() if self.roles[n] == role])

    def deployments_of(self, model: str) -> list[Deployment]:
        """The model's deployments, the first one first: it meets every demand."""
        return [d for d in self.deployments.values() if d.model == model]

    def days(self, since: datetime, first: int, last: int) -> datetime:
        """A day so many days later, at random."""
        return since + timedelta(days=self.chance.randint(first, last))


def clean_set(seed: int) -> CleanSet:
    """A set that raises nothing."""
    made = CleanSet(seed)
    _add_models(made)
    _add_terms(made)
    _add_orders(made)
    _add_policy(made)
    _add_duties(made)
    _add_money(made)
    return made


def text(agreement: Table) -> str:
    """The agreement as its file."""
    head = [f"{key} = {_toml(value)}" for key, value in agreement.items() if key != "clause"]
    lines = head
    for clause in agreement["clause"]:
        lines += ["", "[[clause]]", f'id = "{clause["id"]}"']
        lines += [f"{key} = {_toml(value)}" for key, value in clause.items() if key != "id"]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case datetime():
            return value.isoformat()[:10] if value == value.replace(hour=0) else value.isoformat()
        case list():
            items = cast("list[Any]", value)
            return f"[{', '.join(_toml(item) for item in items)}]"
        case dict():
            pairs = cast("Table", value).items()
            return f"{{ {', '.join(f'{key} = {_toml(item)}' for key, item in pairs)} }}"
        case _:
            return str(value)


def _price(d: Deployment) -> Price:
    rate = Decimal(1 + len(d.id) % 5)
    meters = {"uncached_input_tokens": rate, "visible_output_tokens": 4 * rate}
    return Price(
        id=d.id, model=d.model, provider=d.provider, meters=meters, source="an example's own"
    )


def _add_models(made: CleanSet) -> None:
    """Six to ten models, at least one of each role, each at two to four providers."""
    chance = made.chance
    names = [f"{lab}/{name}" for lab, models in NAMES.items() for name in models]
    chosen = chance.sample(names, chance.randint(len(ROLES), len(names)))
    for index, name in enumerate(chosen):
        publisher = name.partition("/")[0]
        role = ROLES[index] if index < len(ROLES) else "plain"
        made.roles[name] = role
        made.models[name] = Model(
            name=name,
            publisher=publisher,
            released=made.days(day("2025-01-01"), 0, 200),
            open_weights=publisher == "meta",
            retention_required="abuse_monitoring" if role == "kept" else None,
        )
        interfaces: tuple[Interface, ...] = chance.choice(
            [("stateless_api",), ("stateless_api", "embedding")]
        )
        _deploy(made, made.models[name], interfaces)


def _deploy(made: CleanSet, model: Model, interfaces: tuple[Interface, ...]) -> None:
    """One in Europe that meets every demand, one elsewhere, perhaps others."""
    chance = made.chance
    europe = [p for p, zone in ZONES.items() if zone.startswith("eu")]
    others = [p for p in ZONES if p not in europe]
    first, second = chance.choice(europe), chance.choice(others)
    rest = [p for p in ZONES if p not in (first, second)]
    providers = [first, second, *chance.sample(rest, chance.randint(0, 2))]
    for number, provider in enumerate(providers):
        id = f"{provider}/{model.name.partition('/')[2]}"
        keeps = "none" if model.retention_required is None else "abuse_monitoring"
        made.deployments[id] = Deployment(
            id=id,
            model=model.name,
            provider=provider,
            kind="openai_compatible",
            upstream_id=model.name,
            host=HOSTS[provider],
            processing_zone=ZONES[provider],
            storage_zone=ZONES[provider],
            retention=keeps if number == 0 else chance.choice([keeps, "full"]),
            attestations=(Attestation(name="soc2"),) if number < 2 else (),
            interfaces=interfaces,
        )


def _add_terms(made: CleanSet) -> None:
    """What each provider permits and lists, without end; a listing begins with the release."""
    for provider, host in HOSTS.items():
        clauses: list[Table] = []
        for d in made.deployments.values():
            if d.provider != provider:
                continue
            name = d.id.partition("/")[2]
            scope = {"provider": provider, "model": d.model}
            since = made.models[d.model].released
            clauses += [
                {"id": f"use-{name}", "type": "grant", "scope": scope},
                {"id": f"list-{name}", "type": "listing", "scope": scope, "from": since},
            ]
        parties = ["shop", host]
        made.agreement(f"{provider}-terms", *clauses, parties=parties, title="Terms of service")


def _add_orders(made: CleanSet) -> None:
    """Last year's orders, replaced without a gap by this year's: prices, commitment, notice."""
    for provider in sorted({d.provider for d in made.deployments.values()}):
        parties = ["shop", HOSTS[provider]]
        scope = {"provider": provider}
        before = {"id": "faith", "type": "covenant", "party": HOSTS[provider], "text": "In faith."}
        made.agreement(f"{provider}-2025", before, parties=parties, until=ORDERED)
        half = made.days(ORDERED, 30, 300)
        clauses: list[Table] = [
            {
                "id": "spend",
                "type": "commit",
                "amount": made.chance.randint(50, 200),
                "eligible": {"host": HOSTS[provider]},
            },
            {"id": "early", "type": "price", "meter": "input", "amount": 2, "scope": scope},
            {"id": "late", "type": "price", "meter": "input", "amount": 3, "scope": scope},
            {"id": "less", "type": "discount", "percent": 5, "scope": scope},
            {"id": "end", "type": "term", "notice_days": made.chance.randint(30, 180)},
        ]
        clauses[1]["until"] = clauses[2]["from"] = half
        made.agreement(
            f"{provider}-2026",
            *clauses,
            **{"from": ORDERED, "until": ENDS},
            parties=parties,
            supersedes=f"{provider}-2025",
        )


def _add_policy(made: CleanSet) -> None:
    """What the company demands for some callers, prefers, and forbids with an exception."""
    free = [name for name, model in made.models.items() if model.retention_required is None]
    personal = {"model": free, "labels": {"data": "personal"}}
    order = [f"provider:{d.provider}" for d in made.deployments_of(made.of_role("plain").name)]
    made.agreement(
        "house",
        {"id": "europe", "type": "residency", "process": EUROPE, "scope": personal},
        {"id": "little", "type": "retention", "mode": "flagged_only", "scope": personal},
        {
            "id": "soc2",
            "type": "attest",
            "document": "soc2",
            "scope": personal,
            "from": ORDERED,
            "until": ENDS,
        },
        {"id": "first", "type": "prefer", "order": order},
        {
            "id": "secret",
            "type": "forbid",
            "scope": {"zone": "us", "labels": {"data": "secret"}},
            "reason": "secrets stay here",
        },
        {
            "id": "but",
            "type": "grant",
            "except_of": "house/secret",
            "scope": {
                "model": made.of_role("plain").name,
                "project": "research",
                "labels": {"data": "secret"},
            },
        },
        parties=["shop"],
    )


def _add_duties(made: CleanSet) -> None:
    """An exclusive that has ended, a first refusal, a staged release, a threshold."""
    model = made.of_role("exclusive")
    holder, *others = made.deployments_of(model.name)
    assert model.released is not None
    ended = made.days(model.released, 60, 150)
    made.agreement(
        "alliance",
        {
            "id": "api",
            "type": "exclusive",
            "holder": f"host:{holder.host}",
            "scope": {"model": model.name},
            "carve_outs": ["us_government"],
            "until": ended,
        },
    )
    for d in others:
        name = d.id.partition("/")[2]
        for id in (f"{d.provider}-terms/use-{name}", f"{d.provider}-terms/list-{name}"):
            made.clause(id)["from"] = ended
    refusal = made.of_role("first_refusal")
    made.agreement(
        "first",
        {
            "id": "refusal",
            "type": "first_refusal",
            "holder": f"provider:{made.deployments_of(refusal.name)[0].provider}",
            "scope": {"model": refusal.name},
            "signals": ["429", "503"],
            "respond_within": "2s",
            "default": "refused",
        },
    )
    held = made.of_role("hold")
    leader, follower, *_ = made.deployments_of(held.name)
    made.agreement(
        "staged",
        {
            "id": "lag",
            "type": "hold",
            "leader": f"provider:{leader.provider}",
            "follower": f"provider:{follower.provider}",
            "lag_days": made.chance.randint(7, 60),
            "scope": {"model": held.name},
        },
    )
    closed = made.of_role("threshold")
    made.agreement(
        "horizon",
        {
            "id": "agi",
            "type": "threshold",
            "event": "agi",
            "party": f"host:{made.deployments_of(closed.name)[1].host}",
            "declared_by": closed.publisher,
            "verified_by": "panel",
            "scope": {"model": closed.name},
        },
        parties=["panel", closed.publisher],
    )


def _add_money(made: CleanSet) -> None:
    """Provisioned capacity that stays where it is, a capped share, and what use is expected."""
    d = made.deployments_of(made.of_role("plain").name)[0]
    made.agreement(
        "provisioned",
        {
            "id": "units",
            "type": "capacity",
            "size": 100,
            "unit": "ptu",
            "tokens_per_minute_per_unit": 50_000,
            "spill_zone": EUROPE,
            "scope": {"provider": d.provider, "model": d.model},
            "from": ORDERED,
            "until": ENDS,
        },
    )
    made.agreement(
        "alliance-share",
        {
            "id": "share",
            "type": "revenue_share",
            "payer": "openai",
            "payee": "microsoft",
            "rate": 20,
            "cap": 1_000_000,
            "cap_basis": made.chance.choice(["term", "year", "quarter", "month"]),
        },
        parties=["openai", "microsoft"],
    )
    made.forecasts = [
        Forecast(
            model=name,
            input_tokens_per_month=made.chance.randint(10, 900) * 10**7,
            output_tokens_per_month=10**8,
        )
        for name in made.models
    ]
    made.drills = [
        DrillReport(
            without="host:microsoft",
            at=day("2026-02-01"),
            mode="live",
            requests=100,
            moved=90,
            failed=10,
        )
    ]


def changed(deployment: Deployment, **facts: Any) -> Deployment:
    """The deployment with other facts."""
    return msgspec.structs.replace(deployment, **facts)
