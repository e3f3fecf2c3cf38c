"""What is wrong with `[store]`: addresses that are none, secrets in them, leases that cannot hold.

>>> list(store_problems(Store()))
[]
"""

from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qs, urlsplit

from detente.configuration.credentials import Problem, secret_problems
from detente.configuration.located import Path
from detente.configuration.store import Store
from detente.configuration.tables import Secret

SCHEMES: Final = {
    "url": ("postgresql", "postgres"),
    "limits_url": ("redis", "rediss", "valkey", "valkeys", "unix"),
}
"""How the addresses of each kind of store begin."""
PASSWORDS: Final = {"url": "password", "limits_url": "limits_password"}


def store_problems(store: Store) -> Iterator[Problem]:
    """Every problem with where it is."""
    yield from _address("url", store.url, store.password)
    yield from _address("limits_url", store.limits_url, store.limits_password)
    if 2 * store.skew_ms > store.lease_ms:
        yield (
            ("store", "skew_ms"),
            f"leases of {store.lease_ms} ms that stop {store.skew_ms} ms before they end are of "
            "no use; write at most half of `lease_ms`",
        )


def _address(key: str, url: str | None, password: Secret | None) -> Iterator[Problem]:
    at: Path = ("store", key)
    its_password = PASSWORDS[key]
    yield from secret_problems(password, ("store", its_password))
    if url is None:
        if password is not None:
            yield ("store", its_password), f"it is the password of nothing; give `{key}`, too"
        return
    try:
        parts = urlsplit(url)
        secret = parts.password is not None or "password" in parse_qs(parts.query)
    except ValueError:
        yield at, "it is no address; see its reference"
        return
    if parts.scheme not in SCHEMES[key]:
        known = ", ".join(f"`{scheme}://`" for scheme in SCHEMES[key])
        yield at, f"an address here begins with one of {known}"
    elif secret:  # which is not repeated
        yield (
            at,
            f"an address with a password is not taken; leave it out, and give `{its_password}`",
        )
