"""Compiles the hot path where that is asked for; without it a wheel runs on any machine.

The modules below are ordinary typed Python and run as they are; compiled by mypyc they cost the
worker less processor time (`bench/RESULTS.md` has both). Needs a C compiler, Python's headers, and
in the environment what `requirements/bench.txt` names: mypyc reads the types of our dependencies
where they are installed, so the build is not isolated.

    DETENTE_COMPILE=1 pip install --no-build-isolation .
    python hatch_build.py FOLDER        # a copy of the sources in FOLDER, compiled in place
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
HOT = (
    "detente/accounts/money_lease.py",
    "detente/accounts/rates.py",
    "detente/accounts/window_lease.py",
    "detente/canonical/intent_template.py",
    "detente/canonical/tariff.py",
    "detente/dialects/_framing/heads.py",
    "detente/dialects/_framing/json_members.py",
    "detente/dialects/_openai/tokens.py",
    "detente/dialects/openai_chat/head.py",
    "detente/dialects/openai_chat/safety.py",
    "detente/dialects/openai_chat/usage.py",
    "detente/dialects/route.py",
    "detente/dialects/routes.py",
    "detente/dialects/safety.py",
    "detente/gateway/allowances/holds.py",
    "detente/gateway/allowances/pocket.py",
    "detente/gateway/allowances/purse.py",
    "detente/gateway/allowances/reservation.py",
    "detente/gateway/allowances/terms.py",
    "detente/gateway/attempts.py",
    "detente/gateway/callers/key_table.py",
    "detente/gateway/callers/principals.py",
    "detente/gateway/client_tries.py",
    "detente/gateway/estimate.py",
    "detente/gateway/exchange.py",
    "detente/gateway/front_door.py",
    "detente/gateway/http/deadlines.py",
    "detente/gateway/http/message.py",
    "detente/gateway/http/outbox.py",
    "detente/gateway/outbound.py",
    "detente/gateway/patience.py",
    "detente/gateway/plane.py",
    "detente/gateway/processes/worker.py",
    "detente/gateway/records.py",
    "detente/gateway/routing.py",
    "detente/gateway/safety_watch.py",
    "detente/gateway/server.py",
    "detente/gateway/suspension.py",
    "detente/gateway/upstream/connections.py",
    "detente/gateway/upstream/endpoint.py",
    "detente/ledger/pricing.py",
    "detente/ledger/store/joining.py",
    "detente/ledger/store/journal.py",
    "detente/ledger/store/record_bytes.py",
    "detente/ledger/store/rows.py",
    "detente/ledger/store/segment.py",
    "detente/stores/clock.py",
)
"""What a request passes through, without the modules whose structs msgspec has to make."""


def compile_into(folder: Path) -> list[Path]:
    """Copies the sources to `folder` and compiles the hot path there; returns what was made.

    The compiler's own modules may come by `PYTHONPATH` (an isolated build has them there), ours may
    not: mypy would meet them twice. Ends the program with the compiler's words where it cannot.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "src", folder, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    command = [sys.executable, "-m", "mypyc", "--ignore-missing-imports", *HOT]
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    foreign = [path for path in paths if path and not Path(path).resolve().is_relative_to(ROOT)]
    environment = {**os.environ, "MYPYPATH": "", "PYTHONPATH": os.pathsep.join(foreign)}
    done = subprocess.run(  # noqa: S603 -- our own interpreter and our own file names
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SystemExit(
            f"the hot path does not compile:\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
        )
    shutil.rmtree(folder / "build")
    return sorted(folder.rglob("*.so"))


class CompilingHook(BuildHookInterface[Any]):
    """Puts compiled modules into a wheel that is built with `DETENTE_COMPILE=1`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compiles before the wheel is put together; an editable install stays as it is."""
        if not _asked() or version == "editable":
            return
        folder = ROOT / "build" / "compiled"
        for made in compile_into(folder):
            build_data["force_include"][str(made)] = str(made.relative_to(folder))
        build_data["pure_python"] = False
        build_data["infer_tag"] = True


def _asked() -> bool:
    return os.environ.get("DETENTE_COMPILE") == "1"


if __name__ == "__main__":
    sys.stdout.write(f"{len(compile_into(Path(sys.argv[1])))} modules in {sys.argv[1]}\n")
