"""Facts as they stand on a command line: dates, `name=value` labels, events and refusals.

Reads text into values, and says in one sentence what is wrong with it; knows no command.

>>> labels_from(("data=internal",))
{'data': 'internal'}
"""

import shlex
from collections.abc import Iterable
from datetime import UTC, datetime, time
from pathlib import Path
from typing import get_args

from detente.canonical.failure import ClientFault, RefusalSignal
from detente.canonical.model import Deployment
from detente.canonical.question import Event, HolderRefusal, Question
from detente.configuration.located import did_you_mean

SIGNALS: tuple[RefusalSignal, ...] = get_args(RefusalSignal)


def moment_of(text: str, option: str) -> datetime:
    """A date (its midnight) or a time, in UTC unless it says otherwise; raises `ClientFault`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _wrong(f"`{option}` is no date: `{text}`; write `2026-06-05`") from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def labels_from(texts: Iterable[str]) -> dict[str, str]:
    """`name=value` texts as labels; raises `ClientFault`, also where a name is contradicted."""
    labels: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name or not equals or not value:
            raise _wrong(f"`--label` is no label: `{text}`; write `name=value`")
        if labels.setdefault(name, value) != value:
            raise _wrong(f"label `{name}` is given two values; give one")
    return labels


def event_of(text: str) -> Event:
    """`name=date` as an event that was recorded when it happened; raises `ClientFault`."""
    name, equals, date = text.partition("=")
    if not name or not equals:
        raise _wrong(f"`--event` is no event: `{text}`; write `name=2026-06-05`")
    moment = moment_of(date, "--event")
    return Event(name=name, occurred_at=moment, recorded_at=moment)


def refusal_of(text: str, deployments: Iterable[Deployment]) -> HolderRefusal:
    """`deployment` or `deployment=signal` as a refusal; 429 where no signal is given."""
    known = [deployment.id for deployment in deployments]
    name, equals, word = text.rpartition("=")
    if not equals or text in known:
        return HolderRefusal(deployment=one_of(text, known, "deployment"), signal="429")
    for signal in SIGNALS:
        if word == signal:
            return HolderRefusal(deployment=one_of(name, known, "deployment"), signal=signal)
    raise _wrong(f"unknown signal `{word}`; {did_you_mean(word, list(SIGNALS))}")


def one_of(name: str, known: list[str], kind: str) -> str:
    """`name` if it is known; raises `ClientFault` with the nearest known one."""
    if name in known:
        return name
    hint = did_you_mean(name, known) or f"the configuration has no {kind}"
    raise _wrong(f"unknown {kind} `{name}`; {hint}")


def command_of(question: Question, config: Path) -> str:
    """The `detente route` command that asks the question again."""
    words = ["detente", "route", question.model, "--at", _written(question.at)]
    if question.interface != "stateless_api":
        words += ["--interface", question.interface]
    for provider in question.providers or ():
        words += ["--provider", provider]
    if question.region is not None:
        words += ["--region", question.region]
    if question.project is not None:
        words += ["--project", question.project]
    for name, value in question.labels:
        words += ["--label", f"{name}={value}"]
    for event in question.events:
        words += ["--event", f"{event.name}={_written(event.occurred_at)}"]
    for refusal in question.refusals:
        words += ["--refused", f"{refusal.deployment}={refusal.signal}"]
    return shlex.join([*words, "--config", str(config)])


def read_input(path: Path) -> bytes:
    """The bytes of a file that the user named; raises `ClientFault` where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise _wrong(f"cannot read `{path}`: {reason}; check the path") from None


def _written(moment: datetime) -> str:
    if moment.time() == time():
        return moment.date().isoformat()
    return moment.replace(tzinfo=None).isoformat()


def _wrong(message: str) -> ClientFault:
    return ClientFault("request_invalid", message)
