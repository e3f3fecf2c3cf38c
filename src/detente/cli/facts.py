"""Facts as they stand on a command line: dates, `name=value` labels, events, offers, refusals.

Reads text into values, and says in one sentence what is wrong with it; knows no command.

>>> labels_from(("data=internal",))
{'data': 'internal'}
"""

import shlex
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Final, Literal, get_args

import msgspec

from detente.agreements import AgreementSet
from detente.canonical.failure import ClientFault, RefusalSignal
from detente.canonical.model import Deployment
from detente.canonical.question import Event, HolderRefusal, Offer, Question
from detente.configuration.located import did_you_mean
from detente.reports.offers import refusals_of_capacity, window_of

OFFER_STATES = ("open", "accepted", "refused", "lapsed")
ANSWERS: Final[dict[str, Literal["accepted", "refused"]]] = {
    "accepted": "accepted",
    "refused": "refused",
}
SIGNALS: tuple[RefusalSignal, ...] = get_args(RefusalSignal)


def moment_of(text: str, option: str) -> datetime:
    """A date (its midnight) or a time, in UTC unless it says otherwise; raises `ClientFault`."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # no date, or one before the first in UTC
        raise _wrong(f"`{option}` is no date: `{text}`; write `2026-06-05`") from None


def span_of(since: str | None, until: str | None) -> tuple[datetime | None, datetime | None]:
    """`--since` and `--until`, None where one is left out; raises `ClientFault`."""
    start = None if since is None else moment_of(since, "--since")
    end = None if until is None else moment_of(until, "--until")
    if start is not None and end is not None and end <= start:
        raise _wrong(f"`--until` (`{until}`) is not after `--since` (`{since}`); give a later one")
    return start, end


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


def offers_from(texts: Iterable[str], agreements: AgreementSet, at: datetime) -> tuple[Offer, ...]:
    """`name=state` or `name=state@date` texts as offers; raises `ClientFault`.

    The offer has been in that state since then, or since `at`. It is supposed to have been made
    under every first refusal of capacity.
    """
    return tuple(offer for text in texts for offer in _offers(text, agreements, at))


def _offers(text: str, agreements: AgreementSet, at: datetime) -> list[Offer]:
    name, equals, rest = text.rpartition("=")
    state, dated, date = rest.partition("@")
    if not name or not equals:
        raise _wrong(f"`--offer` is no offer: `{text}`; write `name=refused`")
    if state not in OFFER_STATES:
        hint = did_you_mean(state, list(OFFER_STATES))
        raise _wrong(f"`{state}` is no state of an offer; {hint}")
    since = moment_of(date, "--offer") if dated else at
    clauses = refusals_of_capacity(agreements)
    if state == "lapsed":
        clauses = tuple(clause for clause in clauses if window_of(clause) is not None)
    if not clauses:
        window = " with a window after which it lapses" if state == "lapsed" else ""
        raise _wrong(f"no clause is a first refusal of capacity{window}; leave `--offer` out")
    found: list[Offer] = []
    for clause in clauses:
        window = window_of(clause) if state == "lapsed" else None
        opened_at = since if window is None else _before(since, window)
        offer = Offer(name=name, clause=clause.id, opened_at=opened_at, recorded_at=opened_at)
        if state in ANSWERS:
            offer = msgspec.structs.replace(
                offer, answer=ANSWERS[state], answered_at=since, answer_recorded_at=since
            )
        found.append(offer)
    return found


def _before(moment: datetime, length: timedelta) -> datetime:
    try:
        return moment - length
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


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
    for offer in dict.fromkeys(_offer_written(offer) for offer in question.offers):
        words += ["--offer", offer]
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


def write_output(path: Path, data: bytes) -> None:
    """Writes a file that the user named; raises `ClientFault` where it cannot be written."""
    try:
        path.write_bytes(data)
    except OSError as error:
        reason = (error.strerror or "it cannot be written").lower()
        raise _wrong(f"cannot write `{path}`: {reason}; check the path") from None


def _offer_written(offer: Offer) -> str:
    if offer.answer is None or offer.answered_at is None:
        return f"{offer.name}=open@{_written(offer.opened_at)}"
    return f"{offer.name}={offer.answer}@{_written(offer.answered_at)}"


def _written(moment: datetime) -> str:
    if moment.time() == time():
        return moment.date().isoformat()
    return moment.replace(tzinfo=None).isoformat()


def _wrong(message: str) -> ClientFault:
    return ClientFault("request_invalid", message)
