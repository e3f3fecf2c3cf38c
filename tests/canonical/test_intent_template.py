"""A template's intents are those that plain encoding gives, whatever a request brings."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from tests.canonical.values import structs_of

from detente.canonical.intent_template import IntentTemplate
from detente.canonical.journal import Intent


@given(structs_of(Intent), st.text(max_size=40), st.integers(0, 2**63), st.integers(0, 2**40))
def test_a_template_gives_whole_intents(
    shared: Intent, id_: str, started_us: int, request_bytes: int
) -> None:
    template = IntentTemplate(shared)
    for stream in (False, True):
        for features in ((), ("tools",), ("tools", "images")):
            payload = template.encode(
                id_,
                started_us=started_us,
                request_bytes=request_bytes,
                stream=stream,
                features=features,
            )
            assert msgspec.msgpack.decode(payload, type=Intent) == msgspec.structs.replace(
                shared,
                id=id_,
                started_us=started_us,
                request_bytes=request_bytes,
                stream=stream,
                features=features,
            )
