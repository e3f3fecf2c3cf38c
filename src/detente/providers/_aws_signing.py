"""How every kind that is reached by AWS keys signs: the same, but for the service's name.

>>> sign = signs_for(lambda host: "bedrock")
>>> sign(host=b"h", target=b"/", body=b"", credentials=keys, region="us-east-1", now=now, keys=kept)
((b'x-amz-date', b'…'), …)
"""

from collections.abc import Callable
from datetime import datetime

from detente.providers import _sigv4
from detente.providers.kind import Header, Sign, SigningCredentials


def signs_for(service_of: Callable[[bytes], str]) -> Sign:
    """What signs one POST for the service that is behind a host; see `ProviderKind.sign`.

    What a hop may change is left out of the signature.
    """

    def sign(
        *,
        host: bytes,
        target: bytes,
        body: bytes,
        credentials: SigningCredentials,
        region: str,
        now: datetime,
        keys: _sigv4.SigningKeys,
    ) -> tuple[Header, ...]:
        assert isinstance(credentials, _sigv4.Credentials)  # what its chain gives
        return _sigv4.sign(
            b"POST",
            host,
            target,
            (),
            body,
            credentials=credentials,
            region=region,
            service=service_of(host),
            now=now,
            keys=keys,
        )

    return sign
