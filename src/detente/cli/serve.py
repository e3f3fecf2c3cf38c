"""`detente serve`: run the gateway until it is told to stop."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def serve(
    config: Annotated[Path, Parameter(help="The configuration, or the folder it is in.")] = Path(
        "detente.toml"
    ),
    /,
) -> None:
    """Run the gateway.

    The data plane is on `server.listen`, the admin API on `server.admin_listen`; one line is
    printed when both listen. SIGTERM drains and ends it; SIGHUP, or `detente reload`, has it
    read its configuration again.
    """
    from detente.gateway.processes.supervisor import Supervisor  # noqa: PLC0415 -- only this command needs it

    raise SystemExit(Supervisor(config).run())
