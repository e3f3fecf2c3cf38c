"""Where the worker's time goes: Python functions by py-spy, C functions by perf, under full load.

Both look from outside at the running gateway, so nothing in it is switched on for this. Either
may be missing. Example: `python -m bench profile`.
"""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from bench import gateway, load, machine, nginx, process, streams
from bench.nginx import Contestant

TOP = 30
RATE_HZ = 500
SLACK_S = 60


def profile(
    *, cores: machine.Cores, seconds: float, stream: bool, say: Callable[[str], None]
) -> None:
    """Load the gateway, sample its worker, and tell the functions that take most time."""
    with ExitStack() as stack:
        upstream = stack.enter_context(
            streams.upstream("burst", core=cores.load)
            if stream
            else nginx.upstream(core=cores.load)
        )
        ours = stack.enter_context(gateway.gateway(upstream, core=cores.measured)).contestant
        load.wrk(ours.port, seconds=1, core=cores.load, stream=stream)
        for sampler in (_python_functions, _c_functions):
            worker = busiest(ours, cores, stream)
            command, show = sampler(worker, seconds)
            if command is None:
                say(show(""))
                continue
            with process.started("profile", command, core=cores.load) as sampling:
                load.wrk(ours.port, seconds=seconds + 1, core=cores.load, stream=stream)
                process.wait_for_end(sampling, SLACK_S)
                say(show(sampling.log.read_text(errors="replace")))


def busiest(contestant: Contestant, cores: machine.Cores, stream: bool) -> int:
    """The process of the contestant that works most under load: its worker."""
    family = machine.tree(contestant.program.pid)
    before = {pid: machine.cpu_seconds((pid,)) for pid in family}
    load.wrk(contestant.port, seconds=1, core=cores.load, stream=stream)
    return max(family, key=lambda pid: machine.cpu_seconds((pid,)) - before[pid])


Sampler = tuple[list[str] | None, Callable[[str], str]]


def _python_functions(pid: int, seconds: float) -> Sampler:
    program = Path(sys.executable).with_name("py-spy")
    if not program.exists():
        return (
            None,
            lambda _: "py-spy is not installed; `pip install py-spy` shows Python functions",
        )
    out = process.WORK / "py-spy.txt"
    command = [str(program), "record", "-p", str(pid), "-d", str(round(seconds))]
    command += ["-r", str(RATE_HZ), "-f", "raw", "-F", "-o", str(out), "--nonblocking"]
    return command, lambda _: "\n".join(top_functions(out.read_text()))


def _c_functions(pid: int, seconds: float) -> Sampler:
    program = machine.find_program("perf")
    if program is None:
        return None, lambda _: "perf is not installed; the package `linux-perf` shows C functions"
    out = process.WORK / "perf.data"
    command = [program, "record", "-q", "-F", str(RATE_HZ), "-o", str(out), "-p", str(pid)]
    command += ["--", "sleep", str(seconds)]

    def show(_: str) -> str:
        report = [program, "report", "--stdio", "-q", "-i", str(out), "--sort", "dso,symbol"]
        done = subprocess.run(report, capture_output=True, text=True, timeout=SLACK_S, check=False)
        lines = [line for line in done.stdout.splitlines() if line.strip()][:TOP]
        return "\n".join(["C functions, by own time:", *lines])

    return command, show


def top_functions(folded: str) -> tuple[str, ...]:
    """The functions with most own time, and their share with all that they call.

    `folded` has one stack a line, outermost first: `a;b;c 17`.
    """
    own: Counter[str] = Counter()
    whole: Counter[str] = Counter()
    for line in folded.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = [re.sub(r":\d+\)$", ")", frame) for frame in stack.split(";")]
        own[frames[-1]] += int(count)
        whole.update(dict.fromkeys(frames, int(count)))
    total = sum(own.values()) or 1
    header = "Python functions, by own time (own, with callees):"
    lines = (
        f"  {count / total:6.1%} {whole[name] / total:6.1%}  {name}"
        for name, count in own.most_common(TOP)
    )
    return (header, *lines)
