"""A large company's contracts, to measure `detente check` on: most clause types, many dates.

Contracts of ten platforms with twenty publishers, with prices, demands, holds and first
refusals; nothing in them is wrong. Computed from numbers, so that every run gets the same.
Example: `len(contracts())` is 200.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from detente.canonical.model import Deployment, Model
from detente.canonical.world import World

PUBLISHERS: Final = 20
PLATFORMS: Final = 10
MODELS_EACH: Final = 15
CLAUSES_EACH: Final = 25
RELEASED: Final = datetime(2024, 6, 1, tzinfo=UTC)


def world() -> World:
    """Three hundred models, each at four of ten platforms."""
    models = tuple(
        Model(name=f"p{p}/m{m}", publisher=f"p{p}", released=RELEASED)
        for p in range(PUBLISHERS)
        for m in range(MODELS_EACH)
    )
    deployments = tuple(
        Deployment(
            id=f"platform-{at}/{model.name}",
            model=model.name,
            provider=f"platform-{at}",
            kind="openai_compatible",
            upstream_id=model.name,
            host=f"host-{at}",
            region="eu-1" if at % 2 else "us-1",
            processing_zone="eu" if at % 2 else "us",
            retention="none",
        )
        for number, model in enumerate(models)
        for at in ((number + step) % PLATFORMS for step in range(4))
    )
    return World(models=models, deployments=deployments, default="deny")


def contracts() -> tuple[tuple[str, bytes], ...]:
    """One file for each publisher and platform."""
    return tuple(
        (f"p{p}-at-{at}.toml", "\n".join((_head(p, at), *_clauses(p, at))).encode())
        for p in range(PUBLISHERS)
        for at in range(PLATFORMS)
    )


def _head(p: int, at: int) -> str:
    return (
        f'id = "p{p}-at-{at}"\nparties = ["p{p}", "host-{at}"]\n'
        f"from = 2024-0{1 + (p + at) % 5}-01\nrecorded_at = 2024-01-01\n"
    )


def _clauses(p: int, at: int) -> Iterator[str]:
    here = f'publisher = "p{p}", provider = "platform-{at}"'
    texts = [
        f'type = "grant"\nscope = {{ {here} }}',
        f'type = "listing"\nscope = {{ {here} }}',
        f'type = "grant"\nscope = {{ {here} }}\nuntil = 2027-0{1 + at % 9}-15\nstage = "ga"',
        f'type = "residency"\nscope = {{ {here}, project = "bank-{at}" }}\nprocess = ["eu", "us"]',
        f'type = "forbid"\nscope = {{ {here}, labels = {{ data = "secret-{at % 3}" }} }}',
        f'type = "prefer"\nscope = {{ {here} }}\norder = ["host:host-{at}"]',
        f'type = "first_refusal"\nscope = {{ publisher = "p{p}", model = "p{p}/m{at}" }}\n'
        f'holder = "host:host-{at}"\nsignals = ["429"]\nrespond_within = "2s"\n'
        f'default = "refused"\nfrom = 2025-0{1 + at % 9}-01\nuntil = 2025-0{1 + at % 9}-20\n'
        f'ends_on = "sold-{p}"',
        f'type = "hold"\nscope = {{ publisher = "p{p}" }}\nleader = "host:host-{at - at % 2}"\n'
        f'follower = "host:host-{at - at % 2 + 1}"\nlag_days = {7 + at}\n'
        f'anchor = "release"\nescape = "waived-{p}"',
        f'type = "covenant"\nparty = "host-{at}"\ntext = "good faith"',
        'type = "term"\nnotice_days = 30',
        f'type = "retention"\nscope = {{ {here} }}\nmode = "abuse_monitoring"',
    ]
    texts += [
        f'type = "price"\nscope = {{ {here}, model = "p{p}/m{m}" }}\nmeter = "{meter}"\n'
        f"amount = {1 + m}.5\nfrom = {year}-01-01\nuntil = {year + 1}-01-01"
        for m in range(3)
        for year in (2025, 2026)
        for meter in ("input", "output")
    ]
    texts += [
        f'type = "exclusive"\nholder = "host:host-{at}"\n'
        f'scope = {{ {here}, labels = {{ pilot = "{p}-{at}-{n}" }} }}\n'
        f"from = 202{5 + n}-0{1 + at % 9}-05\nuntil = 202{5 + n}-0{1 + at % 9}-25"
        for n in range(2)
    ]
    for number, text in enumerate(texts[:CLAUSES_EACH]):
        yield f'[[clause]]\nid = "c{number}"\n{text}\nquote = "as agreed"\n'
