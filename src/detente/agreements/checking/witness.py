"""Questions about one deployment, for checks that know what they want to show.

>>> question_about(deployment, at=DAY, known_at=DAY).providers
('azure',)
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec

from detente.agreements.checking.domain import Caller
from detente.canonical.model import Deployment, Interface
from detente.canonical.question import Event, HolderRefusal, Question

ANYBODY: Final = Caller()


def question_about(
    deployment: Deployment,
    *,
    at: datetime,
    known_at: datetime,
    caller: Caller = ANYBODY,
    interface: Interface | None = None,
    events: tuple[Event, ...] = (),
) -> Question:
    """May that caller use the deployment's model at its provider then, all being on record?"""
    return Question(
        model=deployment.model,
        at=at,
        known_at=max(at, known_at),
        interface=interface or _usual(deployment.interfaces),
        project=caller.project,
        labels=caller.labels,
        providers=(deployment.provider,),
        events=events,
    )


def after_refusals(question: Question, refusing: Iterable[Deployment]) -> Question:
    """The same question, of any provider, once those have answered 429."""
    return msgspec.structs.replace(
        question,
        providers=None,
        refusals=tuple(HolderRefusal(deployment=d.id, signal="429") for d in refusing),
    )


def _usual(interfaces: tuple[Interface, ...]) -> Interface:
    return "stateless_api" if "stateless_api" in interfaces else interfaces[0]
