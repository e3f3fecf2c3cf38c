"""`detente route`: where a model may be reached, and why, as the agreements say it.

Asks the agreements one question and explains the answer as a good colleague would: the answer
in a sentence, the order, and for every place the clause with its own words. Sends nothing.

    detente route openai/gpt-4 --provider azure --at 2023-03-20
"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from detente.agreements import reference
from detente.agreements.questions import model_named
from detente.canonical.model import Interface
from detente.canonical.question import Event, Offer, Question, labels_of
from detente.cli import BAD_NEWS
from detente.cli.answer import answer_json, print_answer
from detente.cli.facts import (
    event_of,
    labels_from,
    moment_of,
    offers_from,
    one_of,
    refusal_of,
)
from detente.cli.governed import content_of
from detente.wiring import CONFIGURATION_NAME, Setup, load

Several = Parameter(negative="", consume_multiple=False)


def route(
    model: str,
    /,
    *,
    at: str | None = None,
    as_known_at: str | None = None,
    provider: Annotated[tuple[str, ...], Several] = (),
    interface: Interface = "stateless_api",
    region: str | None = None,
    project: str | None = None,
    label: Annotated[tuple[str, ...], Several] = (),
    event: Annotated[tuple[str, ...], Several] = (),
    offer: Annotated[tuple[str, ...], Several] = (),
    refused: Annotated[tuple[str, ...], Several] = (),
    config: Path = Path(CONFIGURATION_NAME),
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """Ask the agreements where a model may be reached, and why.

    Where policies on content govern the caller's requests, it also says which, and what becomes of
    each category at every deployment that may be tried. Ends with status 0 where at least one
    deployment may be tried, else with 1.

    Parameters
    ----------
    model
        The model: `publisher/model`, or an alias of it.
    at
        The date of the request (`2026-06-05`, `2026-06-05T14:30`), in UTC; now if left out.
    as_known_at
        Answer with what was recorded by this date; now if left out.
    provider
        Only this configured provider; may be given several times.
    interface
        What the model is used for.
    region
        Only deployments in this region.
    project
        Ask as this project, with the labels that its keys carry.
    label
        A label of the caller's key, `name=value`; may be given several times.
    event
        Suppose that an event happened, `name=date`; may be given several times.
    offer
        Suppose how an offer of capacity stands, `name=state` or `name=state@date` (open,
        accepted, refused, lapsed), whatever is on record; may be given several times.
    refused
        Suppose that a deployment has refused this request, `deployment` or
        `deployment=signal` (429, 503, capacity_error, unreachable, timeout).
    config
        The configuration: a file, or a folder with `detente.toml`.
    as_json
        Print one JSON object.
    """
    setup = load(config)
    now = datetime.now(UTC)
    happens = moment_of(at, "--at") if at else now
    known_at = moment_of(as_known_at, "--as-known-at") if as_known_at else now
    question = Question(
        model=model_of(setup, model),
        at=happens,
        known_at=known_at,
        interface=interface,
        project=None if project is None else project_of(setup, project),
        labels=_labels(setup, project, label),
        providers=_providers(setup, provider),
        region=region,
        events=_events(setup, event),
        offers=_offers(setup, offer, min(happens, known_at)),
        refusals=tuple(refusal_of(text, setup.world.deployments) for text in refused),
    )
    decision = reference.decide(setup.world, setup.agreements, question)
    content = content_of(setup, question)
    if as_json:
        sys.stdout.write(answer_json(question, decision, setup.agreements, content) + "\n")
    else:
        print_answer(question, decision, setup, content)
    if decision.outcome != "allow":
        raise SystemExit(BAD_NEWS)


def model_of(setup: Setup, name: str) -> str:
    """The canonical name of a model or an alias; raises `ClientFault` where it is neither."""
    found = model_named(setup.world, name)
    if found is not None:
        return found.name
    known = [known for model in setup.world.models for known in (model.name, *model.aliases)]
    return one_of(name, known, "model")


def project_of(setup: Setup, project: str) -> str:
    """`project` if it is known; raises `ClientFault`."""
    keys = setup.configuration.keys.values()
    known = sorted({*setup.configuration.projects, *(key.project for key in keys)})
    return one_of(project, known, "project")


def _providers(setup: Setup, names: tuple[str, ...]) -> tuple[str, ...] | None:
    known = list(setup.configuration.providers)
    return tuple(one_of(name, known, "provider") for name in names) or None


def _labels(
    setup: Setup, project: str | None, given: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    of_project = dict(setup.labels_of_project(project)) if project is not None else {}
    return labels_of({**of_project, **labels_from(given)})


def _events(setup: Setup, given: tuple[str, ...]) -> tuple[Event, ...]:
    return (*setup.events, *(event_of(text) for text in given))


def _offers(setup: Setup, given: tuple[str, ...], at: datetime) -> tuple[Offer, ...]:
    """What is supposed of an offer stands in place of what is on record."""
    supposed = offers_from(given, setup.agreements, at)
    names = {offer.name for offer in supposed}
    return (*(offer for offer in setup.offers if offer.name not in names), *supposed)
