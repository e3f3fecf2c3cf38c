"""`oci`: Oracle Cloud's Generative AI in one region, which is part of the address.

`base_url` is the service's endpoint; with `/openai/v1` or `/20231130` behind it, as SDKs are given
it, it means the same. OpenAI's dialects are served below `/openai/v1`, the native chat at
`/20231130/actions/chat`. Cohere's models and dedicated endpoints speak the native chat only
(https://docs.oracle.com/en-us/iaas/Content/generative-ai/chat-completions-api.htm, read
2026-11-22).

Its own API keys are bearers, for OpenAI's dialects only
(https://docs.oracle.com/en-us/iaas/Content/generative-ai/api-keys.htm, read 2026-11-22). Else every
request is signed (https://docs.oracle.com/en-us/iaas/Content/API/Concepts/signingrequests.htm, read
2026-11-22): the text is the one that oci 2.189.0 signs, in its order of headers.

>>> site = Site(base_url="https://inference.generativeai.us-chicago-1.oci.oraclecloud.com")
>>> target(site, deployment, "oci_chat")
'/20231130/actions/chat'
"""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import Final

from detente.canonical.extras import Json
from detente.canonical.failure import Failure, FailureKind
from detente.canonical.model import Deployment, Dialect
from detente.providers._error_body import ErrorWords, read_error
from detente.providers._judging import common_judge, failed_as
from detente.providers._rsa import RsaCredentials
from detente.providers._sigv4 import SigningKeys
from detente.providers.kind import FORWARDED, Header, ProviderKind, SigningCredentials, Site, bearer

PLATFORM: Final = "Oracle Cloud"
SETTING: Final = "its `api_key` or `credentials`"
ACCOUNT: Final = f"{SETTING}, its `compartment`"
PATHS: Final[dict[Dialect, str]] = {
    "openai_chat": "/openai/v1/chat/completions",
    "openai_responses": "/openai/v1/responses",
    "oci_chat": "/20231130/actions/chat",
}
SUFFIXES: Final = ("/openai/v1", "/20231130")
"""What SDKs' addresses of the service end with."""
COHERES: Final = "cohere."
ENDPOINT: Final = "ocid1.generativeaiendpoint"
"""How the ids of Cohere's models and of dedicated endpoints begin."""

NATIVE: Final[tuple[Dialect, ...]] = ("oci_chat",)
SIGNED: Final = b"date (request-target) host content-length content-type x-content-sha256"
CONTENT_TYPE: Final = b"application/json"
CODES: Final[dict[str, FailureKind]] = {
    "notauthorizedornotfound": "permission",
    "notauthorized": "permission",
    "notallowed": "permission",
    "signuprequired": "permission",
    "limitexceeded": "quota",
    "quotaexceeded": "quota",
}
"""Oracle's codes, in small letters
(https://docs.oracle.com/en-us/iaas/Content/API/References/apierrors.htm, read 2026-11-22). It tells
nobody whether something is missing or only hidden."""
SENTENCES: Final[tuple[tuple[FailureKind, str, str], ...]] = (
    ("clock", "date '", "within allowed clock skew"),
    ("model_unknown", "entity with key ", " not found"),
    ("permission", "compartment id must be provided", ""),
)
"""What a sentence begins with, and what else is in it, where codes say less. As users of the
service report them (github.com/oracle/oci-python-sdk and /langchain-oracle, read 2026-11-22)."""


def target(site: Site, deployment: Deployment, dialect: Dialect) -> str:
    """The operation's path below the service; the model travels in the body."""
    del deployment
    root = site.root
    for suffix in SUFFIXES:
        root = root.removesuffix(suffix)
    return root + PATHS[dialect]


def dialects_of(deployment: Deployment) -> tuple[Dialect, ...]:
    """What one model speaks."""
    own = deployment.upstream_id.startswith((COHERES, ENDPOINT))
    return NATIVE if own else tuple(PATHS)


def headers(site: Site, deployment: Deployment, dialect: Dialect) -> tuple[Header, ...]:
    """The type, which is signed; and, for OpenAI's dialects, whose account is billed: chat wants
    the compartment under one name, Responses under the other (`OciHeaderInterceptor` of Oracle's
    oci-openai for Java, read 2026-11-22)."""
    del deployment
    found: list[Header] = [(b"content-type", CONTENT_TYPE)]
    if dialect != "oci_chat":
        if site.compartment is not None:
            compartment = site.compartment.encode()
            found += ((b"compartmentid", compartment), (b"opc-compartment-id", compartment))
        if site.project is not None:
            found.append((b"openai-project", site.project.encode()))
    return tuple(found)


def body_members(site: Site, deployment: Deployment, dialect: Dialect) -> dict[str, Json]:
    """The compartment, where the native chat has it."""
    del deployment
    if dialect != "oci_chat" or site.compartment is None:
        return {}
    return {"compartmentId": site.compartment}


def sign(
    *,
    host: bytes,
    target: bytes,
    body: bytes,
    credentials: SigningCredentials,
    region: str,  # noqa: ARG001 - other platforms sign for one
    now: datetime,
    keys: SigningKeys,  # noqa: ARG001 - nothing derives from the key
) -> tuple[Header, ...]:
    """The headers that sign one POST of JSON, its date among them."""
    assert isinstance(credentials, RsaCredentials)  # what its chain gives
    date = format_datetime(now, usegmt=True).encode()
    digest = b64encode(hashlib.sha256(body).digest())
    text = (
        b"date: %b\n(request-target): post %b\nhost: %b\ncontent-length: %d\n"
        b"content-type: %b\nx-content-sha256: %b"
    ) % (date, target, host, len(body), CONTENT_TYPE, digest)
    signature = b64encode(credentials.sign(text))
    return (
        (b"date", date),
        (b"x-content-sha256", digest),
        (
            b"authorization",
            b'Signature version="1",algorithm="rsa-sha256",headers="%b",keyId="%b",signature="%b"'
            % (SIGNED, credentials.key_id.encode(), signature),
        ),
    )


def judge(status: int, headers: Mapping[bytes, bytes], body: bytes) -> Failure | None:
    """What an answer means: by Oracle's own words, then as `common_judge`."""
    if status >= 400:
        kind = _worded(read_error(body))
        if kind is not None:
            setting = ACCOUNT if kind == "permission" else SETTING
            return failed_as(PLATFORM, kind, status=status, setting=setting)
    return common_judge(PLATFORM, status, headers, body, setting=SETTING)


def _worded(error: ErrorWords) -> FailureKind | None:
    """What Oracle's sentence says it is, then its code; None where neither does."""
    sentence = error.sentence.lower()
    for kind, beginning, rest in SENTENCES:
        if sentence.startswith(beginning) and rest in sentence:
            return kind
    return next((CODES[code] for code in error.codes if code in CODES), None)


KIND: Final = ProviderKind(
    name="oci",
    default_base_url="https://inference.generativeai.{region}.oci.oraclecloud.com",
    default_host="oracle",
    dialects=tuple(PATHS),
    target=target,
    auth_headers=bearer,
    forwarded_headers=FORWARDED,
    judge=judge,
    dialects_of=dialects_of,
    sign=sign,
    chain="oci",
    headers=headers,
    body_members=body_members,
)
