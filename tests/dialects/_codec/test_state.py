"""Opaque state on its way through a client: what was told comes back as what it was."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.content import Opaque
from detente.canonical.model import Dialect
from detente.dialects._codec.state import (
    Kind,
    carried,
    carried_base64,
    carries_foreign,
    opaque_of,
    opaque_of_base64,
)

ORIGINS: tuple[Dialect, ...] = (
    "anthropic_messages",
    "bedrock_converse",
    "gemini_generate",
    "openai_chat",
    "openai_responses",
)
KINDS: tuple[Kind, ...] = ("signature", "encrypted", "redacted")
STATES = st.builds(
    Opaque,
    origin=st.sampled_from(ORIGINS),
    kind=st.sampled_from(KINDS),
    value=st.text(st.characters(exclude_categories=("Cs",)), max_size=30),
)


@given(STATES, st.sampled_from(ORIGINS))
def test_state_of_others_comes_back_as_it_was(state: Opaque, dialect: Dialect) -> None:
    if state.origin == dialect:
        return
    for kind in KINDS:  # whatever the place says that it is
        assert opaque_of(carried(state, dialect), dialect, kind) == state
        assert opaque_of_base64(carried_base64(state, dialect), dialect, kind) == state


@given(STATES)
def test_its_own_state_is_not_touched(state: Opaque) -> None:
    told = carried(state, state.origin)
    assert told == carried_base64(state, state.origin) == state.value
    if not told.startswith("dt1."):
        assert opaque_of(told, state.origin, state.kind) == state


def test_the_tag_is_plain() -> None:
    state = Opaque(origin="gemini_generate", value="a.b.c", kind="encrypted")
    assert carried(state, "anthropic_messages") == "dt1.e.gemini_generate.a.b.c"
    told = base64.b64decode(carried_base64(state, "bedrock_converse"))
    assert told == b"dt1.e.gemini_generate.a.b.c"


def test_either_alphabet_is_read() -> None:
    state = Opaque(origin="openai_responses", value="??>>~~")
    told = carried_base64(state, "gemini_generate")
    other = told.replace("+", "-").replace("/", "_")
    assert told != other
    assert opaque_of_base64(other, "gemini_generate", "signature") == state


@pytest.mark.parametrize(
    "told",
    ["", "abc", "dt1", "dt1.", "dt1.s", "dt1.s.", "dt1.s.nobody.x", "dt1.x.openai_chat.x", "dt2.s"],
)
def test_what_only_looks_like_a_tag_is_the_dialects_own(told: str) -> None:
    own = Opaque(origin="anthropic_messages", value=told, kind="signature")
    assert opaque_of(told, "anthropic_messages", "signature") == own


@pytest.mark.parametrize(
    "told",
    [
        "",
        "QUJD",
        "ZHQx",  # the tag alone
        "ZHQxLg",  # the tag, not padded
        "ZHQx====",
        "ZHQx!",
        "ZHQxé",
        base64.b64encode(b"dt1x.s.openai_chat.x").decode(),
        base64.b64encode(b"dt1.s.openai_chat.\xff").decode(),
    ],
)
def test_base64_that_is_no_tag_is_the_dialects_own(told: str) -> None:
    own = Opaque(origin="gemini_generate", value=told, kind="signature")
    assert opaque_of_base64(told, "gemini_generate", "signature") == own


def test_foreign_state_is_seen_in_bytes() -> None:
    state = Opaque(origin="gemini_generate", value="c2ln")
    plain = carried(state, "anthropic_messages")
    coded = carried_base64(state, "bedrock_converse")
    for text in (plain, coded):
        assert carries_foreign(b'{"signature":"%b"}' % text.encode())
    own = carried(state, "gemini_generate")
    assert not carries_foreign(b'{"signature":"%b"}' % own.encode())
