"""What the last answer of each deployment said of limits, read when somebody asks.

A request only leaves its answer's headers behind; nothing is parsed on its path.

>>> headrooms(plane.endpoints.values(), now)["openai/gpt-5"].headroom
Headroom(requests_limit=5000, requests_remaining=4999)
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import msgspec

from detente.canonical.headroom import Headroom
from detente.gateway.upstream.endpoint import Endpoint

AGE_MAX: Final = timedelta(minutes=10)
"""Limits count in minutes; what was said longer ago says nothing now."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer said of limits, and when it came; resets count from then."""

    at: datetime
    headroom: Headroom


Readings = dict[str, Reading]
"""By the deployment's id."""


def headrooms(endpoints: Iterable[Endpoint], now: datetime) -> Readings:
    """The headroom of each deployment of which something was heard lately. `now` is aware."""
    heard: list[Readings] = []
    for endpoint in endpoints:
        last = endpoint.last
        if last.at is None or now - last.at > AGE_MAX:
            continue
        headers = {name.lower(): value for name, value in last.headers}
        headroom = endpoint.headroom(headers, last.at)
        if headroom is not None:
            heard.append({endpoint.deployment.id: Reading(at=last.at, headroom=headroom)})
    return latest(heard)


def latest(heard: Iterable[Readings]) -> Readings:
    """Of several readings of a deployment the last one, in the order of their ids."""
    found: Readings = {}
    for readings in heard:
        for id_, reading in readings.items():
            before = found.get(id_)
            if before is None or before.at < reading.at:
                found[id_] = reading
    return dict(sorted(found.items()))
