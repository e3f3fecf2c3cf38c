"""Simulated providers: loopback servers that speak the platforms' real wire protocols.

For the demo, drills, tests and benchmarks. Answers are functions of the request, usage is
exact, capacity is kept, and a script makes the next requests meet slowness, refusals, cuts
and garbage. Imports only `canonical` and `configuration`.

    async with Simulator("openai", models=["gpt-4"]) as simulator: ...
"""

from detente.simulator.behaviours import (
    BEHAVIOURS,
    Behaviour,
    Burst,
    Close,
    Cut,
    EndlessHeaders,
    Fragment,
    Garbage,
    GarbageChunk,
    Hold,
    HugeBody,
    NotJson,
    Slow,
    SlowLoris,
    Status,
    StreamError,
    WrongLength,
)
from detente.simulator.exchange import Received
from detente.simulator.fleet import simulate
from detente.simulator.identity.server import IdentitySimulator
from detente.simulator.record import Gauge, HangUp
from detente.simulator.server import Simulator
from detente.simulator.thread import SimulatorThread

__all__ = [
    "BEHAVIOURS",
    "Behaviour",
    "Burst",
    "Close",
    "Cut",
    "EndlessHeaders",
    "Fragment",
    "Garbage",
    "GarbageChunk",
    "Gauge",
    "HangUp",
    "Hold",
    "HugeBody",
    "IdentitySimulator",
    "NotJson",
    "Received",
    "Simulator",
    "SimulatorThread",
    "Slow",
    "SlowLoris",
    "Status",
    "StreamError",
    "WrongLength",
    "simulate",
]
