"""`detente schema`: the configuration's JSON Schema on standard output, for editors.

Prints what `configuration.schema` says, with the kinds of provider that there are.

    detente schema > detente.schema.json
"""

import sys

import msgspec

from detente.configuration.schema import json_schema
from detente.wiring import kind_defaults


def schema() -> None:
    """Print the JSON Schema of `detente.toml`.

    Point an editor's TOML plug-in at it for completion and checks while you type.
    """
    text = msgspec.json.format(msgspec.json.encode(json_schema(kind_defaults())), indent=2)
    sys.stdout.write(text.decode() + "\n")
