"""`detente reload`: have a running gateway read its configuration again."""

import http.client
import json
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from detente.configuration.world import split_listen
from detente.wiring import load

TIMEOUT_S = 30.0


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
    host, port = split_listen(load(config).configuration.server.admin_listen)
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    try:
        connection.request("POST", "/admin/v1/reload", b"{}", {"content-type": "application/json"})
        answer = json.loads(connection.getresponse().read())
    except OSError as error:
        reason = (error.strerror or "no answer").lower()
        sys.stderr.write(
            f"no gateway answers at `{host}:{port}` ({reason}); start it with `detente serve`\n"
        )
        raise SystemExit(2) from None
    finally:
        connection.close()
    errors = answer.get("errors", [])
    if json_output:
        sys.stdout.write(json.dumps({"reloaded": not errors, "errors": errors}) + "\n")
    else:
        sys.stdout.write(("\n".join(errors) if errors else "configuration reloaded") + "\n")
    if errors:
        raise SystemExit(1)
