"""`detente reload`: have a running gateway read its configuration again."""

import json
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from detente.cli.running import ask_running


def reload(
    config: Annotated[Path, Parameter(help="The configuration, or the folder it is in.")] = Path(
        "detente.toml"
    ),
    /,
    *,
    json_output: Annotated[bool, Parameter(name="--json", help="Print JSON.", negative="")] = False,
) -> None:
    """Have a running gateway read its configuration again.

    Ends with 1, and the reasons, where the gateway kept what was in force.
    """
    answer = json.loads(ask_running(config, "POST", "/admin/v1/reload"))
    errors = answer.get("errors", [])
    if json_output:
        sys.stdout.write(json.dumps({"reloaded": not errors, "errors": errors}) + "\n")
    else:
        sys.stdout.write(("\n".join(errors) if errors else "configuration reloaded") + "\n")
    if errors:
        raise SystemExit(1)
