"""What all tests share: recorded exchanges of the real platforms, and nothing else.

The recordings are data beside the project, not in it: a folder that `DETENTE_RECORDED` names,
`../shared/recorded` where it is not set. A test that needs them skips where the folder is
absent, and fails there in CI, where absence means that something is broken.
"""

import gc
import gzip
import json
import os
import signal
import ssl
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

FIGURE = "figure"
"""Under this name reports carry what a test tells with `tell`, also from another process."""

GARBAGE_THRESHOLDS = (5_000, 20, 100)
"""New objects that let garbage be looked for among them, and how often older ones are."""
PUBLIC_BUNDLE_BYTES = 100_000
"""A file of all public authorities has twice as much; one of a test has some thousand."""

settings.register_profile(
    "same-each-time",
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same-each-time"))
"""The same examples in every run, however busy the machine: what a test says today it says
tomorrow. `make fuzz`, or the profile `default`, looks further."""

ROOT = Path(__file__).resolve().parent.parent
Recorded = Callable[[str], list[dict[str, Any]]]


def pytest_configure() -> None:
    """Programs that tests start run this very source, installed or not, and hear Ctrl-C.

    A shell starts jobs in the background with SIGINT ignored, which they and theirs inherit.
    Where the surroundings forbid bytecode files (images of containers often do), each of the
    hundreds of programs that are started would compile the whole source: twice the time.
    Threads of the real model that wait for each other give the core to whoever tests beside them.
    """
    os.environ["PYTHONPATH"] = str(ROOT / "src")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    load_no_public_authorities()
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What was collected and imported stays to the end, so garbage is not looked for in it.

    It is millions of objects: a full collection of garbage would take a second, dozens of times.
    What tests make is looked through less often than usual, too.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(*GARBAGE_THRESHOLDS)
        gc.enable()


def load_no_public_authorities() -> None:
    """Contexts of this process load the small files of certificates that tests make, no others.

    Official clients load all public authorities (30 ms) for each client that is made, of which
    there are thousands here. What listens on loopback has no certificate of theirs, so that none
    is lost that could have been believed.
    """
    load = ssl.SSLContext.load_verify_locations

    def load_own(
        context: ssl.SSLContext,
        cafile: str | None = None,
        capath: str | None = None,
        cadata: str | bytes | None = None,
    ) -> None:
        if cafile is None or Path(cafile).stat().st_size < PUBLIC_BUNDLE_BYTES:
            load(context, cafile, capath, cadata)

    def load_none(_context: ssl.SSLContext, _purpose: object = None) -> None:
        pass

    patch = pytest.MonkeyPatch()
    patch.setattr(ssl.SSLContext, "load_verify_locations", load_own)
    patch.setattr(ssl.SSLContext, "load_default_certs", load_none)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests have measured, at the end of a run."""
    outcomes = ("passed", "failed")
    reports = [one for name in outcomes for one in terminalreporter.getreports(name)]
    told = [str(text) for one in reports for name, text in one.user_properties if name == FIGURE]
    if told:
        terminalreporter.section("figures")
    for line in told:
        terminalreporter.write_line(line)


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """`tell("99.8 % spent")` shows a figure at the end of the run."""
    return lambda line: record_property(FIGURE, line)


def recorded_folder() -> Path:
    """Where the recordings are expected."""
    return Path(os.environ.get("DETENTE_RECORDED") or ROOT.parent / "shared" / "recorded")


def read_recorded(name: str) -> list[dict[str, Any]]:
    """The recorded exchanges of one wire dialect (`openai-chat`), in their order."""
    path = recorded_folder() / f"{name}.jsonl.gz"
    if not path.is_file():
        reason = f"no recorded exchanges at {path}; set DETENTE_RECORDED to their folder"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="session")
def recorded() -> Recorded:
    """`recorded("openai-chat")` gives that dialect's exchanges, or skips the test."""
    return read_recorded
