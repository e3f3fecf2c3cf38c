"""The wire APIs: bytes in, values out, and errors in each API's own shape.

Pure: no clocks, sockets, files. One folder for each dialect (`wire`, `request`, `response`,
`stream`), registered in `DIALECTS`; `_framing` is how bytes are cut. See `spec` for what every
dialect offers.
"""

from typing import Final

from detente.canonical.model import Dialect
from detente.dialects import openai_chat
from detente.dialects.spec import RequestHead, Spec, StreamTap

DIALECTS: Final[tuple[Spec, ...]] = (openai_chat.SPEC,)

_BY_NAME: Final = {spec.name: spec for spec in DIALECTS}


def spec_of(name: Dialect) -> Spec:
    """The dialect of that name."""
    return _BY_NAME[name]


__all__ = ["DIALECTS", "RequestHead", "Spec", "StreamTap", "spec_of"]
