"""Access keys derive, and from nothing but what they should."""

import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from hmac import digest

from detente.gateway.callers.access_keys import access_key_id, secret_access_key

HASH = "sha256:" + "0" * 64
MASTER_KEY = "a master key of the tests, long enough"


def test_an_id_is_stable_and_looks_like_one_of_aws() -> None:
    assert access_key_id(HASH) == "DTAKJ7TEFNQ2J5RYEY6P"
    assert re.fullmatch(r"DTAK[A-Z2-7]{16}", access_key_id(HASH))
    many = {access_key_id("sha256:" + sha256(b"%d" % n).hexdigest()) for n in range(1000)}
    assert len(many) == 1000


def test_a_secret_derives_from_the_master_key_and_the_id() -> None:
    name = access_key_id(HASH)
    made = digest(MASTER_KEY.encode(), f"aws-secret/v1/{name}".encode(), "sha256")
    secret = secret_access_key(MASTER_KEY, name)
    assert secret + "=" == urlsafe_b64encode(made).decode()
    assert len(secret) == 43
    assert secret != secret_access_key(MASTER_KEY + "x", name)
    assert secret != secret_access_key(MASTER_KEY, name + "x")
