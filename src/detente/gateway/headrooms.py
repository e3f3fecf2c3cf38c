"""What the last answer of each deployment said of limits, read when somebody asks.

A request only leaves its answer's headers behind; nothing is parsed on its path.

>>> headrooms(plane.endpoints.values(), now)
{'openai/gpt-5': Headroom(requests_limit=5000, requests_remaining=4999)}
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from detente import providers
from detente.canonical.headroom import Headroom
from detente.gateway.endpoint import Endpoint

AGE_MAX: Final = timedelta(minutes=10)
"""Limits count in minutes; what was said longer ago says nothing now."""


def headrooms(endpoints: Iterable[Endpoint], now: datetime) -> dict[str, Headroom]:
    """The headroom of each deployment of which something was heard lately, by its id.

    Resets count from the moment of the answer. `now` is aware.
    """
    readers = {kind.name: kind.headroom for kind in providers.kinds()}
    found: dict[str, tuple[datetime, Headroom]] = {}
    for endpoint in endpoints:
        last, deployment = endpoint.last, endpoint.deployment
        if last.at is None or now - last.at > AGE_MAX:
            continue
        headers = {name.lower(): value for name, value in last.headers}
        headroom = readers[deployment.kind](headers, last.at)
        before = found.get(deployment.id)
        if headroom is not None and (before is None or before[0] < last.at):
            found[deployment.id] = (last.at, headroom)
    return {id_: headroom for id_, (_, headroom) in found.items()}
