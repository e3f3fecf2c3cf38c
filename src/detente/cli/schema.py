"""`detente schema`: the configuration's JSON Schema on standard output, for editors.

Prints what `configuration.schema` says, with the kinds of provider that there are; or the OpenAPI
document of the admin API.

    detente schema > detente.schema.json
    detente schema --admin > detente-admin.openapi.json
"""

import sys
from typing import Annotated

import msgspec
from cyclopts import Parameter

from detente.configuration.schema import json_schema
from detente.gateway.admin.openapi import document
from detente.wiring import kind_defaults


def schema(*, admin: Annotated[bool, Parameter(negative="")] = False) -> None:
    """Print the JSON Schema of `detente.toml`.

    Point an editor's TOML plug-in at it for completion and checks while you type.

    Parameters
    ----------
    admin
        Print the OpenAPI document of the admin API instead.
    """
    told = document() if admin else json_schema(kind_defaults())
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(told), indent=2).decode() + "\n")
