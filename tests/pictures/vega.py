"""Reading a specification in tests: its layers, whatever they stand in.

>>> layers_of({"vconcat": [{"layer": [{"mark": {"type": "bar"}}]}]})
[{'mark': {'type': 'bar'}}]
"""

from typing import Any, cast

from detente.pictures.marks import Spec

Node = dict[str, Any]


def panels_of(spec: Spec) -> list[Node]:
    """The panels of a picture, from the top."""
    return cast("list[Node]", spec["vconcat"])


def layers_of(spec: Spec, mark: str) -> list[Node]:
    """The layers of one mark of a panel."""
    return [n for n in cast("list[Node]", spec["layer"]) if n["mark"]["type"] == mark]


def data_of(spec: Spec, mark: str) -> list[Node]:
    """The rows of data of one mark of a panel."""
    return [row for layer in layers_of(spec, mark) for row in layer["data"]["values"]]


def texts_of(spec: Spec) -> list[str]:
    """What is written in a panel."""
    return [row["text"] for row in data_of(spec, "text")]
