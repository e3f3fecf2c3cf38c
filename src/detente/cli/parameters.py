"""Options that mean the same in every command that has them.

def show(name: str, /, *, config: GatewayConfig = HERE, as_json: Json = False) -> None: ...
"""

from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from detente.wiring import CONFIGURATION_NAME

HERE: Final = Path(CONFIGURATION_NAME)
"""A configuration in the folder where the command runs."""

GatewayConfig = Annotated[Path, Parameter(help="The configuration of the gateway, or its folder.")]
Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]
