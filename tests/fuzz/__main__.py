"""`python -m tests.fuzz`: a fuzzer that sees which code it reaches, over every target in turn.

Each target runs in a process of its own for `--seconds`; what was found interesting stays in
`.fuzz/` for the next time. Ends with 1 where a law was broken: the input is then in
`.fuzz/broken/`, and `--replay FILE` shows where.

Example: `python -m tests.fuzz --seconds 30 --only stream`.
"""

import argparse
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, Final

FOLDER: Final = Path(__file__).resolve().parents[2] / ".fuzz"
BROKEN: Final = FOLDER / "broken"
INPUT_BYTES_MAX: Final = 16_384
MEMORY_MB_MAX: Final = 2_048
SLOW_S: Final = 10
"""An input that takes longer is a broken law, too."""
START_S: Final = 120
"""Besides the time to fuzz in: imports, instrumentation, seeds."""


def main() -> int:
    """Fuzz what the command line asks for."""
    arguments = _parser().parse_args()
    if arguments.target is not None:
        _fuzz(arguments.target, arguments.seconds)
        return 0
    from tests.fuzz.targets import TARGETS  # noqa: PLC0415 - instrumented in the fuzzing process

    wanted = [name for name in TARGETS if arguments.only in name]
    if arguments.replay is not None:
        for name in wanted:
            TARGETS[name](arguments.replay.read_bytes())
        return 0
    failed = [name for name in wanted if not _runs_clean(name, arguments.seconds)]
    sys.stdout.write(f"{len(wanted)} targets, {len(failed)} broken: {', '.join(failed) or '-'}\n")
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=30, help="for each target")
    parser.add_argument("--only", default="", help="targets whose name has this in it")
    parser.add_argument("--replay", type=Path, help="run the targets on this input once")
    parser.add_argument("--target", help=argparse.SUPPRESS)
    return parser


def _runs_clean(name: str, seconds: int) -> bool:
    """One target in a process of its own; its figures and its trouble are printed."""
    command = [sys.executable, "-m", "tests.fuzz", "--target", name, "--seconds", str(seconds)]
    done = subprocess.run(
        command,
        cwd=FOLDER.parent,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=seconds * 2 + START_S,
        check=False,
    )
    told = [line for line in done.stderr.splitlines() if line.startswith("Done ")]
    sys.stdout.write(f"{name}: {told[-1] if told else 'broken'}\n")
    if done.returncode != 0:
        sys.stdout.write(done.stdout[-4_000:] + done.stderr[-4_000:])
    sys.stdout.flush()
    return done.returncode == 0


def _fuzz(name: str, seconds: int) -> None:
    """Fuzz one target; ends the process."""
    import atheris  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs] - of `make fuzz` only

    fuzzer: Any = atheris
    with fuzzer.instrument_imports(include=["detente"]):
        from tests.fuzz.mutation import mutated  # noqa: PLC0415 - as above
        from tests.fuzz.seeds import seeds  # noqa: PLC0415
        from tests.fuzz.targets import TARGETS, seed_of  # noqa: PLC0415

    known = seeds(name)
    corpus = FOLDER / name.replace(" ", "-")
    for folder in (corpus, BROKEN):
        folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(known):
        (corpus / f"seed-{number}").write_bytes(seed)

    def mutator(data: bytes, max_size: int, seed: int) -> bytes:
        """Half of the changes are inside JSON, the other half libFuzzer's own."""
        chance = Random(seed)
        if chance.random() < 0.5:
            return bytes(fuzzer.Mutate(data, max_size))
        return mutated(data, chance, known)[:max_size]

    options = [
        sys.argv[0],
        str(corpus),
        f"-max_total_time={seconds}",
        f"-max_len={INPUT_BYTES_MAX}",
        f"-rss_limit_mb={MEMORY_MB_MAX}",
        f"-timeout={SLOW_S}",
        f"-artifact_prefix={BROKEN}/{name.replace(' ', '-')}-",
        f"-seed={seed_of(name)}",
    ]
    law: Callable[[bytes], None] = TARGETS[name]
    fuzzer.Setup(options, law, custom_mutator=mutator)
    fuzzer.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
