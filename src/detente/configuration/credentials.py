"""Whether the credentials of a configuration are complete: secrets by reference, access keys whole.

Reads no secret; that is done when a process needs it.

>>> list(secret_problems(Secret(env="A", file="b"), ("server", "master_key")))[0][0]
('server', 'master_key')
"""

import re
from collections.abc import Iterator
from typing import Final

from detente.configuration.located import Path
from detente.configuration.schema import Provider
from detente.configuration.tables import Secret

Problem = tuple[Path, str]
"""Where something is wrong, and the sentence that says what."""

EITHER: Final = (
    'give an `api_key`, `access_key_id` with `secret_access_key`, or `credentials = "default"`'
)
REGION_NAME: Final = re.compile(r"[a-z0-9-]{1,64}")


def secret_problems(secret: Secret | None, path: Path) -> Iterator[Problem]:
    """A secret names exactly one place."""
    if secret is not None and (secret.env is None) == (secret.file is None):
        yield (
            path,
            'a secret is `{ env = "NAME" }` or `{ file = "path" }`, exactly one of both',
        )


def credential_problems(
    name: str, provider: Provider, *, access_keys: bool, chain: bool = False
) -> Iterator[Problem]:
    """What is wrong with a provider's credentials.

    `access_keys` is whether its kind takes them, `chain` whether a library can find its own.
    """
    at: Path = ("providers", name)
    yield from secret_problems(provider.api_key, (*at, "api_key"))
    yield from secret_problems(provider.secret_access_key, (*at, "secret_access_key"))
    yield from secret_problems(provider.session_token, (*at, "session_token"))
    given = provider.access_key_id is not None
    for key, value in (
        ("secret_access_key", provider.secret_access_key),
        ("session_token", provider.session_token),
    ):
        if value is not None and not given:
            yield (*at, key), f"`{key}` belongs to an access key; add its `access_key_id`"
    if given and not access_keys:
        said = f"a provider of kind `{provider.kind}` takes no access key; give an `api_key`"
        yield (*at, "access_key_id"), said
    if provider.credentials is not None and not chain:
        said = f"nobody finds credentials for kind `{provider.kind}`; give an `api_key`"
        yield (*at, "credentials"), said
    if given and access_keys and provider.secret_access_key is None:
        yield (*at, "access_key_id"), "an access key needs its `secret_access_key`; add it"
    ways = sum((given, provider.api_key is not None, provider.credentials is not None))
    if ways > 1:
        last = "credentials" if provider.credentials is not None else "api_key"
        said = f"provider `{name}` has two credentials; {EITHER}, only one of them"
        yield (*at, last), said
    if access_keys:
        yield from _signing_problems(name, provider, ways)


def _signing_problems(name: str, provider: Provider, ways: int) -> Iterator[Problem]:
    """What a kind needs whose requests are signed for a region."""
    at: Path = ("providers", name)
    if ways == 0:
        yield at, f"provider `{name}` of kind `{provider.kind}` has no credentials; {EITHER}"
    if provider.api_key is None and ways and provider.region is None:
        yield at, f"provider `{name}` signs for a region; give its `region`"
    if provider.region is not None and REGION_NAME.fullmatch(provider.region) is None:
        said = "the region of such a provider is AWS's own name of it; write `us-east-1`"
        yield (*at, "region"), said
