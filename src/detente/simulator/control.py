"""`/_simulator/`: a script and the record over HTTP, for tests in another process.

No credentials: a simulator listens on loopback.

>>> is_control(Received(method="GET", target="/_simulator/gauge", headers=(), body=b""))
True
"""

import base64
from collections.abc import Callable
from typing import Annotated, Final, Protocol

import msgspec
from msgspec import Meta

from detente.simulator.behaviours import Behaviour, decode
from detente.simulator.exchange import JsonObject, Received, Reply, error_reply, json_reply
from detente.simulator.record import Gauge, HangUp

PREFIX: Final = "/_simulator/"


class Absence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For how long connections shall be refused."""

    for_ms: Annotated[int, Meta(ge=1, le=3_600_000)]


class Controlled(Protocol):
    """What can be controlled of a simulator."""

    @property
    def requests(self) -> tuple[Received, ...]:
        """The requests received."""
        ...

    @property
    def hangups(self) -> tuple[HangUp, ...]:
        """The hang-ups seen."""
        ...

    @property
    def gauge(self) -> Gauge:
        """What is going on now."""
        ...

    def script(self, *behaviours: Behaviour) -> None:
        """Appends to the script."""
        ...

    def release(self) -> None:
        """Lets held answers go on."""
        ...

    def reset(self) -> None:
        """Forgets everything."""
        ...

    def refuse_for(self, duration_ms: int) -> None:
        """Refuses connections for a while."""
        ...


def is_control(received: Received) -> bool:
    """Whether a request is for the simulator itself."""
    return received.target.startswith(PREFIX)


def answer(received: Received, simulator: Controlled) -> Reply:
    """Does what is asked, or says what can be asked."""
    name = f"{received.method} {received.path.removeprefix(PREFIX)}"
    action = ACTIONS.get(name)
    if action is None:
        known = ", ".join(f"`{key}`" for key in ACTIONS)
        return error_reply(404, {"error": f"unknown control request `{name}`; known are {known}"})
    try:
        return action(received, simulator)
    except (ValueError, RecursionError) as error:
        return error_reply(400, {"error": f"cannot be read: {error}; see the reference"})


def _script(received: Received, simulator: Controlled) -> Reply:
    simulator.script(*decode(received.body))
    return json_reply({"scripted": simulator.gauge.scripted})


def _requests(received: Received, simulator: Controlled) -> Reply:  # noqa: ARG001 - as routed
    return json_reply([_request(request) for request in simulator.requests])


def _gauge(received: Received, simulator: Controlled) -> Reply:  # noqa: ARG001 - as routed
    return json_reply(simulator.gauge)


def _hangups(received: Received, simulator: Controlled) -> Reply:  # noqa: ARG001 - as routed
    return json_reply(simulator.hangups)


def _release(received: Received, simulator: Controlled) -> Reply:  # noqa: ARG001 - as routed
    simulator.release()
    return json_reply({})


def _reset(received: Received, simulator: Controlled) -> Reply:  # noqa: ARG001 - as routed
    simulator.reset()
    return json_reply({})


def _refuse(received: Received, simulator: Controlled) -> Reply:
    simulator.refuse_for(msgspec.json.decode(received.body, type=Absence).for_ms)
    return json_reply({})


def _request(request: Received) -> JsonObject:
    shown: JsonObject = {
        "number": request.number,
        "method": request.method,
        "target": request.target,
        "headers": request.headers,
    }
    try:
        return {**shown, "body": request.body.decode("utf-8")}
    except UnicodeDecodeError:
        return {**shown, "body_base64": base64.b64encode(request.body).decode()}


ACTIONS: Final[dict[str, Callable[[Received, Controlled], Reply]]] = {
    "POST script": _script,
    "GET requests": _requests,
    "GET gauge": _gauge,
    "GET hangups": _hangups,
    "POST release": _release,
    "POST reset": _reset,
    "POST refuse": _refuse,
}
