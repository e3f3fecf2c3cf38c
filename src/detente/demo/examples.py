"""Where the examples are: beside the package in a wheel, beside `src` in a clone.

>>> examples_folder() / "openai-microsoft" / "detente.toml"
"""

from pathlib import Path

import detente
from detente.canonical.failure import ClientFault


def examples_folder(chosen: Path | None = None) -> Path:
    """The folder of the examples, or the one that the user chose.

    Raises `ClientFault` where it is not there.
    """
    package = Path(detente.__file__).resolve().parent
    places = [chosen] if chosen else [package / "examples", package.parents[1] / "examples"]
    for place in places:
        if place.is_dir():
            return place
    shown = " or ".join(f"`{place}`" for place in places)
    raise ClientFault("request_invalid", f"no examples at {shown}; name their folder")
