"""`detente schema`: the configuration's JSON Schema on standard output, for editors.

Prints what `configuration.schema` says and nothing of its own.

    detente schema > detente.schema.json
"""

import sys

import msgspec

from detente.configuration.schema import json_schema


def schema() -> None:
    """Print the JSON Schema of `detente.toml`.

    Point an editor's TOML plug-in at it for completion and checks while you type.
    """
    text = msgspec.json.format(msgspec.json.encode(json_schema()), indent=2)
    sys.stdout.write(text.decode() + "\n")
