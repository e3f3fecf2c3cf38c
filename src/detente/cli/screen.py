"""`detente screen`: what the policies find in a text, and what becomes of it at each deployment.

Offline: nothing is sent anywhere or kept. What is found is shown as its category, its place and its
form; the words themselves only where they are asked for.

    detente screen --model openai/gpt-6-sol --project claims < letter.txt
    detente screen --model openai/gpt-6-sol --dialect openai_chat < request.json
"""

import sys
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from cyclopts import Parameter

from detente.canonical.failure import ClientFault
from detente.canonical.guardrail import Policy, Stage
from detente.canonical.model import Dialect
from detente.canonical.question import Labels, labels_of
from detente.cli import BAD_NEWS
from detente.cli.facts import labels_from, one_of
from detente.cli.parameters import HERE, Json
from detente.cli.route import model_of, project_of
from detente.cli.screen_report import (
    Part,
    Place,
    Risk,
    Screening,
    Sighting,
    Told,
    as_json_text,
    print_report,
)
from detente.guardrails.bodies import walk
from detente.guardrails.judging import judged
from detente.guardrails.kept_history import asked_history
from detente.guardrails.own_risks import risks_of, signal_of
from detente.guardrails.policy import governing
from detente.guardrails.risk import risk_of
from detente.guardrails.rulebook import Governed, governed_by
from detente.guardrails.screening import Screen
from detente.wiring import Setup, detectors_of, finds_of, load, remote_places_of

TEXT_BYTES_MAX: Final = 64 * 1024 * 1024
"""As the gateway takes by default (`request_body_bytes_max`)."""

Several = Parameter(negative="", consume_multiple=False)


def screen(
    *,
    model: str | None = None,
    policy: Annotated[tuple[str, ...], Several] = (),
    project: str | None = None,
    label: Annotated[tuple[str, ...], Several] = (),
    stage: Stage = "input",
    dialect: Dialect | None = None,
    show: Annotated[bool, Parameter(negative="")] = False,
    config: Path = HERE,
    as_json: Json = False,
) -> None:
    """Say what the policies find in a text, and what becomes of it at each deployment.

    Reads standard input, which nothing is sent of or kept. Ends with status 1 where a deployment
    would not get the text, or a client would not get it as an answer.

    Parameters
    ----------
    model
        The model: `publisher/model`, or an alias; may be left out where there is but one.
    policy
        By this policy, whoever calls; may be given several times. If left out, by those that govern
        the caller's requests.
    project
        As this project, with the labels that its keys carry.
    label
        A label of the caller's key or request, `name=value`; may be given several times.
    stage
        Whether the text is sent (`input`) or an answer (`output`).
    dialect
        The text is the body of a request in this dialect: what is content in it is looked at, and
        what nobody can read is told.
    show
        Show what was found in clear, not only its form.
    config
        The configuration: a file, or a folder with `detente.toml`.
    as_json
        Print one JSON object.
    """
    setup = load(config)
    name = model_of(setup, _model(setup, model))
    caller = None if project is None else project_of(setup, project)
    policies = _policies(setup, policy, name, caller, _labels(setup, caller, label))
    if dialect is not None and stage == "output":
        message = "`--dialect` is one of requests; leave it out, or `--stage output`"
        raise ClientFault("request_invalid", message)
    found = _screened(setup, policies, name, stage, _read(dialect))
    if as_json:
        sys.stdout.write(as_json_text(found, in_clear=show) + "\n")
    else:
        print_report(found, in_clear=show)
    if found.is_blocked:
        raise SystemExit(BAD_NEWS)


def _model(setup: Setup, asked: str | None) -> str:
    names = [model.name for model in setup.world.models]
    if asked is not None:
        return asked
    if len(names) == 1:
        return names[0]
    known = ", ".join(f"`{name}`" for name in names) or "none is configured"
    raise ClientFault("request_invalid", f"`--model` is missing; known are {known}")


def _labels(setup: Setup, project: str | None, given: tuple[str, ...]) -> Labels:
    return labels_of({**dict(setup.labels_of_project(project)), **labels_from(given)})


def _policies(
    setup: Setup, named: tuple[str, ...], model: str, project: str | None, labels: Labels
) -> tuple[Policy, ...]:
    """Those that are named, else those that govern."""
    if not named:
        return governing(setup.policies, model=model, project=project, labels=labels)
    known = [policy.name for policy in setup.policies]
    wanted = {one_of(name, known, "policy") for name in named}
    return tuple(policy for policy in setup.policies if policy.name in wanted)


class _Read(msgspec.Struct, frozen=True, kw_only=True):
    """What standard input holds: texts, and what nobody can read."""

    parts: tuple[Part, ...]
    unread: tuple[tuple[str, str], ...] = ()
    strange: bool = False
    """Whether it refers to kept history that nobody can remember."""


def _read(dialect: Dialect | None) -> _Read:
    data = sys.stdin.buffer.read(TEXT_BYTES_MAX + 1)
    if len(data) > TEXT_BYTES_MAX:
        message = f"the text is larger than {TEXT_BYTES_MAX} bytes; give less"
        raise ClientFault("request_too_large", message)
    if dialect is not None:
        body = walk(data, dialect)
        return _Read(
            parts=tuple(Part(text=one.value, path=one.path) for one in body.texts),
            unread=tuple((one.kind, one.path) for one in body.unread),
            strange=asked_history(data, dialect, body.unread).others,
        )
    try:
        return _Read(parts=(Part(text=data.decode("utf-8")),))
    except UnicodeDecodeError:
        message = "standard input is not UTF-8; give text, in UTF-8"
        raise ClientFault("request_invalid", message) from None


def _screened(
    setup: Setup, policies: tuple[Policy, ...], model: str, stage: Stage, read: _Read
) -> Screening:
    if not policies:
        return Screening(model=model, stage=stage)
    detectors = detectors_of(setup)
    finds, places = finds_of(setup), remote_places_of(setup)
    governed = governed_by(policies, model, setup.world, finds, places)
    looking = tuple(detector for detector in detectors if detector.name in governed.detectors)
    screen = Screen(looking)
    looks = [(part, screen.look(part.text)) for part in read.parts]
    return Screening(
        model=model,
        stage=stage,
        policies=tuple(policy.name for policy in policies),
        detectors=tuple(detector.name for detector in looking),
        unasked=tuple(governed.remote),
        found=tuple(Sighting(part=part, found=one) for part, look in looks for one in look.found),
        failed=tuple(dict.fromkeys(name for _, look in looks for name in look.failed)),
        unread=read.unread,
        on_failure=governed.bounds.on_failure,
        on_unread=governed.bounds.on_unread,
        on_kept_history=_kept_history(governed, read),
        places=tuple(
            Place(
                deployment=name,
                told=tuple(
                    Told(sighting=Sighting(part=part, found=one.found), applied=one.applied)
                    for part, look in looks
                    for one in judged(look, treatments, stage)
                ),
            )
            for name, treatments in governed.treatments.items()
        ),
        risks=tuple(
            _risk(policies, Sighting(part=part, found=one), stage)
            for part, look in looks
            for one in risks_of(look)
        ),
    )


def _kept_history(governed: Governed, read: _Read) -> Literal["refuse", "remember", "allow"]:
    """What becomes of history that a platform keeps: it matters to who gets stand-ins alone."""
    if not any(treatments.makes_stand_ins for treatments in governed.treatments.values()):
        return "allow"
    return "refuse" if read.strange else governed.bounds.on_kept_history


def _risk(policies: tuple[Policy, ...], sighting: Sighting, stage: Stage) -> Risk:
    signal = signal_of(sighting.found, stage)
    return Risk(sighting=sighting, verdict=risk_of(policies, (signal,)))
