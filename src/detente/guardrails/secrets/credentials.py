"""Credentials of which the form alone says too little: something near them or in them must agree.

>>> [rule.name for rule in CREDENTIALS]
['json_web_token', 'azure_sas', 'telegram']
"""

import re
from binascii import Error, a2b_base64
from collections.abc import Iterator
from typing import Final

from detente.guardrails.secrets.randomness import entropy_bits, is_mixed, is_placeholder, is_random
from detente.guardrails.secrets.rule import Rule
from detente.guardrails.secrets.tokens import TOKENS

PART_CHARACTERS_MAX: Final = 8_192
"""Of a JSON web token: claims of some identity providers carry every group of a person."""
HEADER_CHARACTERS_MAX: Final = 2_048
"""Of its header, which may carry a chain of certificates' addresses."""
HEADER_LOOKED_AT_CHARACTERS: Final = 200
"""Within so many it must say its algorithm; then it is known without the rest of it."""
SAS_CHARACTERS_MAX: Final = 120
"""How far from its signature another part of a shared access signature is looked for."""
NEAR_CHARACTERS: Final = 160
"""How far a secret access key stands from its id: a line or two of a credentials file."""
SECRET_KEY_ENTROPY_BITS_MIN: Final = 4.2
"""Of 40 random characters of base64 it is 4.7, of a path or a name below 4."""

BOT_CHARACTERS: Final = 13
"""`bot`, as the path of a request has it, and a number of ten digits."""

_SECRET_KEY: Final = re.compile(r"(?<![A-Za-z0-9/+=])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")
_URL64: Final = "[A-Za-z0-9_-]"
_STANDARD: Final = str.maketrans("-_", "+/")
_VERSION: Final = re.compile(r"[?&;](?:sv|st|se|sp|spr|sr)=")
_BOT: Final = re.compile(r"(?:(?<![0-9A-Za-z])|(?<=bot))[0-9]{8,10}\Z")
_IDS: Final = TOKENS[0]


def _is_web_token(match: re.Match[str]) -> bool:
    """Whether the first part is a header: JSON that names an algorithm (RFC 7515 section 4.1.1)."""
    looked = match[1][:HEADER_LOOKED_AT_CHARACTERS]
    if match.end() == match.end(1) and len(looked) < HEADER_LOOKED_AT_CHARACTERS:
        return False
    try:
        header = a2b_base64(looked.translate(_STANDARD) + "=" * (-len(looked) % 4))
    except Error:
        return False
    return b'"alg"' in header


def _is_sas(match: re.Match[str]) -> bool:
    """Whether more of a shared access signature stands in the same query, before or after it."""
    start, end = match.span()
    text = match.string
    before = text[max(0, start - SAS_CHARACTERS_MAX) : start].split()
    query = (before[-1] if before else "") + text[start : start + 1]
    after = text[end : end + SAS_CHARACTERS_MAX].split()[:1]
    return bool(_VERSION.search(query) or (after and _VERSION.search(after[0])))


def _is_bot(match: re.Match[str]) -> bool:
    """Whether eight to ten digits stand before the colon, which are a bot's number."""
    before = match.string[max(0, match.start() - BOT_CHARACTERS) : match.start()]
    return _BOT.search(before) is not None and is_random(match[1])


CREDENTIALS: Final[tuple[Rule, ...]] = (
    Rule(
        name="json_web_token",
        needles=("eyJ",),
        form=re.compile(
            rf"(?<!{_URL64})(eyJ{_URL64}{{16,{HEADER_CHARACTERS_MAX}}}+)"
            rf"(?:[.](?:{_URL64}{{4,{PART_CHARACTERS_MAX}}}+|(?=[.]{_URL64}))"
            rf"(?:[.](?:{_URL64}{{1,{PART_CHARACTERS_MAX}}}+|(?=[.]{_URL64}))){{0,3}})?"
        ),
        accepts=_is_web_token,
        source="RFC 7515 section 4.1.1, RFC 7516 section 3.1, RFC 7519 section 3",
    ),
    Rule(
        name="azure_sas",
        needles=("?sig=", "&sig="),
        form=re.compile(r"[?&]sig=([A-Za-z0-9%/+]{40,80}={0,1})"),
        group=1,
        accepts=_is_sas,
        source="learn.microsoft.com/rest/api/storageservices/constructing-a-service-sas, "
        "read 2026-11-22",
    ),
    Rule(
        name="telegram",
        needles=(":A",),
        form=re.compile(r"(?<=[0-9]):(A[A-Za-z0-9_-]{34})(?![A-Za-z0-9_-])"),
        group=1,
        accepts=_is_bot,
        source="gitleaks, read 2026-11-22",
    ),
)


class SecretAccessKeys:
    """Amazon's secret access keys, which have no mark: 40 characters beside an access key id.

    Form: docs.amazonaws.cn/goto/WebAPI/sts-2011-06-15/GetAccessKeyInfo, read 2026-11-22.
    """

    name = "aws_secret_access_key"
    needles = _IDS.needles

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Every one within `NEAR_CHARACTERS` of an id."""
        done = 0
        for start, end in sorted(_IDS.spans(text)):
            for match in _SECRET_KEY.finditer(
                text, max(done, start - NEAR_CHARACTERS), end + NEAR_CHARACTERS
            ):
                if _is_secret_key(match[0]):
                    yield match.span()
                    done = match.end()


def _is_secret_key(value: str) -> bool:
    return (
        is_mixed(value)
        and not is_placeholder(value)
        and entropy_bits(value) >= SECRET_KEY_ENTROPY_BITS_MIN
    )
