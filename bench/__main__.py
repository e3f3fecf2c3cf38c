"""`python -m bench`: measure, print the table, write it to `bench/RESULTS.md`.

Example: `python -m bench --quick --only latency`.
"""

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from bench import machine, peers, process, profile, report
from bench.measurements import MEASUREMENTS, Setting

RESULTS = Path(__file__).parent / "RESULTS.md"
PEERS = Path(__file__).parent / "PEERS.md"
PROFILE_S = 8
COMPILE_TIMEOUT_S = 600
BUSY_LOAD = 0.5
"""One-minute load average before the start above which somebody else is at work."""


def main() -> int:
    """Run what the command line asks for; 0 when all was measured, 2 when something was not."""
    arguments = _parser().parse_args()
    machine.raise_file_limit()
    try:
        with process.alone(_say):
            _COMMANDS[arguments.what](arguments)
    except process.BenchError as error:
        sys.stderr.write(f"bench: {error}\n")
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "what",
        nargs="?",
        default="measure",
        choices=list(_COMMANDS),
        help="everything against nginx (default), single stages, a profile, or the peers",
    )
    parser.add_argument("--quick", action="store_true", help="short runs, for development")
    parser.add_argument(
        "--only",
        default=",".join(MEASUREMENTS),
        help=f"some of {','.join(MEASUREMENTS)}, separated by commas",
    )
    parser.add_argument("--prototype", help="a bare prototype to measure beside: a Python file")
    parser.add_argument("--interpreted", action="store_true", help="do not compile the hot path")
    parser.add_argument("--stream", action="store_true", help="profile streams, not answers")
    return parser


def _measure(arguments: argparse.Namespace) -> None:
    names = str(arguments.only).split(",")
    for name in names:
        if name not in MEASUREMENTS:
            raise process.BenchError(f"unknown measurement `{name}`; see `python -m bench --help`")
    setting = _setting(arguments)
    facts, load_before = machine.describe(), os.getloadavg()[0]
    sections: list[report.Section] = []
    for name in names:
        _say(name)
        sections.extend(MEASUREMENTS[name](setting))
    page = report.markdown("Results", sections, facts, _remarks(setting, load_before))
    _say("\n" + page)
    complete = not arguments.quick and names == list(MEASUREMENTS)
    path = RESULTS if complete else process.WORK / "RESULTS.md"
    path.write_text(page)
    _say(f"written to {path}")


def _micro(arguments: argparse.Namespace) -> None:
    from bench import micro  # noqa: PLC0415 - imports the gateway, which the others only start

    for line in micro.measure(rounds=5 if arguments.quick else 20):
        _say(line)


def _profile(arguments: argparse.Namespace) -> None:
    setting = _setting(arguments)
    profile.profile(
        cores=setting.cores,
        seconds=PROFILE_S,
        stream=bool(arguments.stream),
        say=_say,
    )


def _peers(arguments: argparse.Namespace) -> None:
    setting = _setting(arguments)
    facts, load_before = machine.describe(), os.getloadavg()[0]
    section = peers.measure(
        cores=setting.cores, seconds=setting.seconds, pairs=setting.pairs, say=_say
    )
    page = report.markdown(
        "Peers", [section], facts, (*_remarks(setting, load_before), *peers.REMARKS)
    )
    _say("\n" + page)
    path = process.WORK / "PEERS.md" if arguments.quick else PEERS
    path.write_text(page)
    _say(f"written to {path}")


_COMMANDS: Final[Mapping[str, Callable[[argparse.Namespace], None]]] = {
    "measure": _measure,
    "micro": _micro,
    "profile": _profile,
    "peers": _peers,
}


def _setting(arguments: argparse.Namespace) -> Setting:
    quick = bool(arguments.quick)
    return Setting(
        cores=machine.cores(),
        seconds=2 if quick else 5,
        pairs=2 if quick else 5,
        streams=500 if quick else 5_000,
        requests_late=100_000 if quick else 1_000_000,
        startup_runs=10 if quick else 30,
        replayed=1_000_000 if quick else 10_000_000,
        rounds=5 if quick else 30,
        prototype=arguments.prototype,
        compiled=None if arguments.interpreted else _compiled(),
        say=_say,
    )


def _mode(setting: Setting) -> str:
    if setting.compiled is None:
        return "The gateway ran as plain Python."
    return "The gateway's hot path was compiled by mypyc (see `hatch_build.py`)."


def _compiled() -> Path | None:
    """The sources with a compiled hot path, or None (and why) where it cannot be compiled."""
    folder = process.ROOT / "build" / "compiled"  # not in `bench`, which is a package
    try:
        run = [sys.executable, str(process.ROOT / "hatch_build.py"), str(folder)]
        process.run(run, core=machine.cores().load, timeout_s=COMPILE_TIMEOUT_S)
    except process.BenchError as error:
        _say(f"the hot path is not compiled: {error}")
        return None
    return folder


def _remarks(setting: Setting, load_before: float) -> tuple[str, ...]:
    busy = (
        " The machine was busy with other work: latencies, and ratios by the clock, are worth "
        "little, and ratios by CPU are good to about 20 %."
        if load_before > BUSY_LOAD
        else ""
    )
    return (
        f"What is measured is pinned to core {setting.cores.measured} (of the gateway its worker "
        f"and its control process), load and upstream to core {setting.cores.load}. "
        f"{_mode(setting)} {setting.pairs} interleaved runs of {setting.seconds:g} s each; "
        f"medians.{busy}",
    )


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
