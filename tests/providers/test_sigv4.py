"""Signature Version 4: as AWS's own SDK signs, and nothing else verifies."""

import random
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import botocore.auth  # pyright: ignore[reportMissingTypeStubs] - it has none
import pytest
from botocore import (  # pyright: ignore[reportMissingTypeStubs] - as above
    awsrequest,
    credentials,
)
from hypothesis import assume, given
from hypothesis import strategies as st

from detente.providers._sigv4 import (
    AUTHORIZATION_BYTES_MAX,
    DERIVED_MAX,
    Credentials,
    Header,
    SignatureFault,
    SigningKeys,
    read_claim,
    sign,
    verify,
)

NOW = datetime(2026, 11, 21, 20, 58, 7, tzinfo=UTC)
AWS = Credentials(access_key_id="AKIDEXAMPLE", secret_access_key="wJalrXUtnFEMI/K7MDENG")
KEYS = SigningKeys()
METHOD, HOST, TARGET = b"POST", b"127.0.0.1:8080", b"/model/a%3Ab%2Fc/converse?z=1&a=%20b&a="
BODY = b'{"messages": []}'
SIGNED = ((b"content-type", b"application/json"), (b"accept", b" text/x,  y "))

RANDOM_REQUESTS = 10_000
SHARES = 5
"""Tests that they are shared by, so that they can run beside each other."""


def secret_of(access_key_id: str) -> str | None:
    return {AWS.access_key_id: AWS.secret_access_key}.get(access_key_id)


def signed_request() -> dict[bytes, bytes]:
    added = sign(
        METHOD,
        HOST,
        TARGET,
        SIGNED,
        BODY,
        credentials=AWS,
        region="us-east-1",
        service="bedrock",
        now=NOW,
    )
    return {b"host": HOST, b"user-agent": b"x", **dict(SIGNED), **dict(added)}


def verified(
    headers: dict[bytes, bytes],
    *,
    method: bytes = METHOD,
    target: bytes = TARGET,
    body: bytes = BODY,
    now: datetime = NOW,
) -> str:
    return verify(method, target, headers, body, secret_of=secret_of, now=now)


def refused(headers: dict[bytes, bytes], **changed: bytes) -> str:
    with pytest.raises(SignatureFault) as fault:
        verify(
            changed.get("method", METHOD),
            changed.get("target", TARGET),
            headers,
            changed.get("body", BODY),
            secret_of=secret_of,
            now=NOW,
        )
    return fault.value.reason


class Sample:
    """One random request, as a client may send it."""

    def __init__(self, seed: int) -> None:
        self.chance = chance = random.Random(seed)
        self.method = chance.choice(("GET", "POST", "PUT"))
        self.host = chance.choice(("bedrock-runtime.eu-west-1.amazonaws.com", "127.0.0.1:8080"))
        segment = (*"abAB019-_.~:%@!$&'()*+,;=", "%C3%A9", "%2F", "%3a", "%F0%9F%98%80", "%25")
        segments = ["".join(chance.choices(segment, k=chance.randint(0, 9))) for _ in range(4)]
        self.target = "/" + "/".join((*segments, *chance.choices(("", ".", "..", "x"), k=2)))
        if chance.random() < 0.6:
            pairs = ("a=1", "a=0", "a", "b=%20x", "~=", "A=/", "=", "q=a=b", "%C3%A9=%E2%82%AC")
            self.target += "?" + "&".join(chance.choices(pairs, k=chance.randint(0, 5)))
        self.body = chance.randbytes(chance.randint(0, 300))
        self.headers = {
            f"x-{name}": "".join(chance.choices(' \tabc,;:=é"', k=chance.randint(1, 20))) + "v"
            for name in chance.sample(range(30), k=chance.randint(0, 12))
        }
        self.headers["user-agent"] = "not signed"
        self.credentials = Credentials(
            access_key_id=f"AKID{chance.randint(0, 3)}",
            secret_access_key=f"secret/+{chance.randint(0, 3)}",
            session_token=chance.choice((None, "token/+=")),
        )
        self.region = chance.choice(("us-east-1", "eu-central-1", "us-gov-west-1", "ap-south-2"))
        self.service = chance.choice(("bedrock", "bedrock-mantle", "aws-external-anthropic"))
        self.now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randint(0, 10**7))

    def by_botocore(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
        monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: self.now)
        request = awsrequest.AWSRequest(
            method=self.method,
            url="https://" + self.host + self.target,
            headers=self.headers,
            data=self.body,
        )
        aws = self.credentials
        boto = credentials.Credentials(aws.access_key_id, aws.secret_access_key, aws.session_token)
        signer = botocore.auth.SigV4Auth(boto, self.service, self.region)
        signer.add_auth(request)  # pyright: ignore[reportUnknownMemberType] - as above
        return {name.lower(): value for name, value in request.headers.items()}

    def by_us(self) -> tuple[Header, ...]:
        return sign(
            self.method.encode(),
            self.host.encode(),
            self.target.encode(),
            [(name.encode(), value.encode()) for name, value in self.headers.items()],
            self.body,
            credentials=self.credentials,
            region=self.region,
            service=self.service,
            now=self.now,
            keys=KEYS,
        )


@pytest.mark.parametrize("share", range(SHARES))
def test_signs_and_verifies_as_botocore_does(monkeypatch: pytest.MonkeyPatch, share: int) -> None:
    for seed in range(share, RANDOM_REQUESTS, SHARES):
        sample = Sample(seed)
        theirs = sample.by_botocore(monkeypatch)
        ours = {name.decode(): value.decode() for name, value in sample.by_us()}
        assert {name: theirs[name] for name in ours} == ours, seed
        received = {name.encode(): value.encode() for name, value in theirs.items()}
        secret = sample.credentials.secret_access_key
        signer = verify(
            sample.method.encode(),
            sample.target.encode(),
            {**received, b"host": sample.host.encode()},
            sample.body,
            secret_of=lambda _, secret=secret: secret,
            now=sample.now + timedelta(seconds=299),
            keys=KEYS,
        )
        assert signer == sample.credentials.access_key_id, seed


def test_a_request_as_it_was_signed_holds() -> None:
    assert verified(signed_request()) == AWS.access_key_id


@pytest.mark.parametrize(
    "changed",
    [
        {"method": b"PUT"},
        {"target": TARGET.replace(b"converse", b"invoke")},
        {"target": TARGET.replace(b"%3A", b":")},
        {"target": TARGET + b"&x=1"},
        {"target": TARGET.partition(b"?")[0]},
        {"body": BODY + b" "},
        {"body": b""},
    ],
)
def test_a_changed_request_does_not(changed: dict[str, bytes]) -> None:
    assert refused(signed_request(), **changed) == "mismatch"


@pytest.mark.parametrize("name", [b"host", b"content-type", b"accept"])
def test_nor_one_with_a_changed_or_absent_signed_header(name: bytes) -> None:
    headers = signed_request()
    assert refused({**headers, name: headers[name] + b"x"}) == "mismatch"
    del headers[name]
    assert refused(headers) == "mismatch"


def test_what_was_not_signed_may_change() -> None:
    headers = signed_request()
    assert verified({**headers, b"user-agent": b"other", b"via": b"1.1 x"}) == AWS.access_key_id


def test_the_order_of_parameters_may_change() -> None:
    path = TARGET.partition(b"?")[0]
    assert verified(signed_request(), target=path + b"?a=&z=1&a=%20b") == AWS.access_key_id


Edit = Callable[[bytes], bytes]


def replacing(old: bytes, new: bytes) -> Edit:
    return lambda value: value.replace(old, new)


FORGERIES: list[tuple[Edit, str]] = [
    (replacing(b"us-east-1", b"us-east-2"), "mismatch"),
    (replacing(b"/bedrock/", b"/s3/"), "mismatch"),
    (replacing(b"AKIDEXAMPLE", b"AKIDOTHER"), "unknown_key"),
    (replacing(b"20261121", b"20261122"), "malformed"),
    (replacing(b"aws4_request", b"aws4_requests"), "malformed"),
    (replacing(b"/us-east-1", b""), "malformed"),
    (replacing(b"/us-east-1", b"/a/us-east-1"), "malformed"),
    (replacing(b"AWS4-HMAC-SHA256", b"AWS4-HMAC-SHA512"), "malformed"),
    (replacing(b"AWS4-HMAC-SHA256 ", b"Bearer "), "malformed"),
    (replacing(b";host", b""), "malformed"),
    (replacing(b"accept;content-type", b"content-type;accept"), "malformed"),
    (replacing(b"accept;content-type", b"accept;accept;content-type"), "malformed"),
    (replacing(b"accept;", b"Accept;"), "malformed"),
    (replacing(b"accept;", b""), "mismatch"),
    (replacing(b"accept;", b"accept;;"), "malformed"),
    (replacing(b"SignedHeaders=", b"SignedHeaders=accept, SignedHeaders="), "malformed"),
    (replacing(b"Signature=", b"Signature=0, Signature="), "malformed"),
    (lambda value: value + b", " + value.split(b" ", 1)[1], "malformed"),
    (lambda value: value + b", x=y", "malformed"),
    (lambda value: value[:-1], "malformed"),
    (lambda value: value[:-64] + b"0" * 64, "mismatch"),
    (lambda value: value[:-64] + value[-64:].upper(), "malformed"),
    (lambda value: value.partition(b", Signature")[0], "malformed"),
    (lambda value: value + b" " * AUTHORIZATION_BYTES_MAX, "malformed"),
    (lambda _: b"", "malformed"),
    (lambda _: b"\xff\x00", "malformed"),
]


@pytest.mark.parametrize(("edit", "reason"), FORGERIES)
def test_a_forged_header_does_not_hold(edit: Edit, reason: str) -> None:
    headers = signed_request()
    headers[b"authorization"] = edit(headers[b"authorization"])
    assert refused(headers) == reason


def test_no_header_is_missing() -> None:
    headers = signed_request()
    del headers[b"authorization"]
    assert refused(headers) == "missing"


@pytest.mark.parametrize(
    "date",
    [b"", b"20261121T205807", b"20261121T205807Z ", b"2026-11-21T20:58:07Z", b"20261121T256161Z",
     b"20261131T205807Z", b"20261121T20580\xd9\xa7Z"],
)  # fmt: skip
def test_a_time_that_is_none(date: bytes) -> None:
    assert refused({**signed_request(), b"x-amz-date": date}) == "malformed"


def test_a_time_that_was_not_signed() -> None:
    headers = signed_request()
    assert refused({**headers, b"x-amz-date": b"20261121T205808Z"}) == "mismatch"
    del headers[b"x-amz-date"]
    assert refused(headers) == "malformed"


@pytest.mark.parametrize("skew_s", [-300, 0, 300])
def test_clocks_may_differ_by_five_minutes(skew_s: int) -> None:
    assert verified(signed_request(), now=NOW + timedelta(seconds=skew_s)) == AWS.access_key_id


@pytest.mark.parametrize("skew_s", [-301, 301, 86_400])
def test_but_no_more(skew_s: int) -> None:
    with pytest.raises(SignatureFault) as fault:
        verified(signed_request(), now=NOW + timedelta(seconds=skew_s))
    assert fault.value.reason == "expired"


def test_another_secret_does_not_hold() -> None:
    with pytest.raises(SignatureFault) as fault:
        verify(METHOD, TARGET, signed_request(), BODY, secret_of=lambda _: "else", now=NOW)
    assert fault.value.reason == "mismatch"


@given(st.binary(max_size=200) | st.from_regex(rb"AWS4-HMAC-SHA256 Credential=.{0,80}"))
def test_any_bytes_are_no_claim(value: bytes) -> None:
    with pytest.raises(SignatureFault):
        read_claim({b"authorization": value})


def test_a_claim_is_read_before_any_body() -> None:
    claim = read_claim(signed_request())
    assert (claim.access_key_id, claim.region, claim.service, claim.signed_names) == (
        AWS.access_key_id,
        b"us-east-1",
        b"bedrock",
        (b"accept", b"content-type", b"host", b"x-amz-date"),
    )


def test_derived_keys_are_kept_and_bounded() -> None:
    keys = SigningKeys()
    first = keys.of("s", b"20261121", b"r", b"bedrock")
    assert keys.of("s", b"20261121", b"r", b"bedrock") is first
    for number in range(DERIVED_MAX):
        keys.of(f"s{number}", b"20261121", b"r", b"bedrock")
    again = keys.of("s", b"20261121", b"r", b"bedrock")
    assert again == first
    assert again is not first


def test_the_signature_is_that_of_the_published_example() -> None:
    """AWS's own test suite, `get-vanilla`."""
    now = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
    aws = Credentials(
        access_key_id="AKIDEXAMPLE",
        secret_access_key="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    )
    added = sign(
        b"GET",
        b"example.amazonaws.com",
        b"/",
        (),
        b"",
        credentials=aws,
        region="us-east-1",
        service="service",
        now=now,
    )
    found = re.search(rb"Signature=([0-9a-f]+)", dict(added)[b"authorization"])
    assert found is not None
    assert found[1] == b"5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"


def test_credentials_do_not_show_themselves() -> None:
    aws = Credentials(access_key_id="AKID", secret_access_key="secret", session_token="token")
    assert repr(aws) == str(aws) == "Credentials(access_key_id='AKID')"


@given(st.sampled_from(["target", "body", "authorization", "x-amz-date", "host"]),
       st.integers(0, 400), st.integers(1, 255))  # fmt: skip
def test_no_changed_byte_holds(where: str, at: int, change: int) -> None:
    """But for what means the same: spaces around values, and the order of parameters."""
    headers, target, body = signed_request(), TARGET, BODY

    def changed(value: bytes) -> bytes:
        place = at % len(value)
        return value[:place] + bytes([value[place] ^ change]) + value[place + 1 :]

    if where == "target":
        target = changed(target)
    elif where == "body":
        body = changed(body)
    else:
        name = where.encode()
        value = changed(headers[name])
        assume(value.split() != headers[name].split())
        headers[name] = value
    with pytest.raises(SignatureFault):
        verify(METHOD, target, headers, body, secret_of=secret_of, now=NOW)
