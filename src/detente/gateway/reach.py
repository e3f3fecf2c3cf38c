"""How each deployment of a configuration is reached, in each dialect that it speaks.

Everything that no request changes is worked out here, once for a plane: address, path, headers, the
credential. What a request changes (a signature over its body) is left as a function.
"""

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from detente import providers
from detente.canonical.capability import UNKNOWN
from detente.canonical.model import Deployment, Dialect
from detente.configuration.schema import Limits, Provider
from detente.configuration.world import base_url_of
from detente.dialects import Spec, any_codec_of, spec_of
from detente.dialects.codec import Codec, Target
from detente.dialects.counting_codec import CountingCodec
from detente.dialects.embedding_codec import EmbeddingCodec
from detente.dialects.envelope import upstream_codec
from detente.gateway.credentials import Secrets
from detente.gateway.dial import Address, address_of
from detente.gateway.endpoint import Endpoint
from detente.gateway.upstream import Pool
from detente.providers import Envelope, ProviderKind, SigningKeys
from detente.providers.kind import Target as PathOf
from detente.wiring import Setup, kind_defaults

PoolOf = Callable[[str, Address, Limits], Pool]
"""The pool of a provider at an address, under these limits."""

OWN_LINES: Final = b"content-type: application/json\r\naccept: */*\r\nuser-agent: detente\r\n"


class Reach:
    """Builds the endpoints of one configuration."""

    def __init__(self, setup: Setup, secrets: Secrets, pool_of: PoolOf) -> None:
        self._setup = setup
        self._secrets = secrets
        self._pool_of = pool_of
        self._kinds = {kind.name: kind for kind in providers.KINDS}
        self._signing_keys = SigningKeys()

    def endpoints(self) -> dict[tuple[str, str, str], Endpoint]:
        """Every endpoint by model, deployment and dialect, a deployment's preferred dialect
        first."""
        return {
            (deployment.model, deployment.id, dialect): self._endpoint(deployment, dialect)
            for deployment in self._setup.world.deployments
            for dialect in self._dialects(deployment)
        }

    def _dialects(self, deployment: Deployment) -> Iterator[Dialect]:
        kind = self._kinds[deployment.kind]
        offered = kind.dialects if kind.dialects_of is None else kind.dialects_of(deployment)
        for dialect in deployment.dialects or offered:
            if dialect in kind.dialects:
                yield dialect

    def _endpoint(self, deployment: Deployment, dialect: Dialect) -> Endpoint:
        configuration = self._setup.configuration
        limits = configuration.limits
        provider = configuration.providers[deployment.provider]
        kind, spec = self._kinds[deployment.kind], spec_of(dialect)
        base_url = base_url_of(provider, kind_defaults())
        assert base_url is not None  # check_configuration demands one
        address = address_of(base_url, os.environ)
        host = _authority(address)
        shared = self._shared_lines(provider, deployment.provider, kind, host)

        def path(path_of: PathOf) -> bytes:
            return path_of(
                base_url=base_url,
                upstream_id=deployment.upstream_id,
                dialect=dialect,
                api_version=provider.api_version,
            ).encode()

        whole, streamed = path(kind.target), path(kind.stream_target or kind.target)
        version = provider.api_version or spec.version
        envelope = kind.envelopes.get(dialect)
        return Endpoint(
            deployment=deployment,
            spec=spec,
            address=address,
            pool=self._pool_of(deployment.provider, address, limits),
            head=b"POST %b HTTP/1.1\r\n%b" % (whole, shared),
            stream_head=b"POST %b HTTP/1.1\r\n%b" % (streamed, shared),
            own_lines=_own_lines(spec, version),
            codec=_codec(dialect, envelope),
            target=Target(
                model=deployment.upstream_id,
                api_version=version,
                capabilities=self._setup.world.capabilities.get(deployment.model, UNKNOWN),
            ),
            envelope=envelope,
            sign=self._signer(deployment, kind, host, whole=whole, streamed=streamed),
            forwarded=kind.forwarded_headers,
            judge=kind.judge,
            first_byte_timeout_ms=provider.first_byte_timeout_ms or limits.first_byte_timeout_ms,
        )

    def _shared_lines(
        self, provider: Provider, name: str, kind: ProviderKind, host: bytes
    ) -> bytes:
        """The headers of every request to a provider."""
        lines = [b"host: %b\r\n" % host]
        secret = self._secrets.api_keys.get(name)
        for header, value in kind.auth_headers(secret) if secret is not None else ():
            lines.append(b"%b: %b\r\n" % (header, value))
        if provider.organization is not None and kind.name == "openai":
            lines.append(b"openai-organization: %b\r\n" % provider.organization.encode())
        lines.append(b"accept-encoding: identity\r\n")
        return b"".join(lines)

    def _signer(
        self,
        deployment: Deployment,
        kind: ProviderKind,
        host: bytes,
        *,
        whole: bytes,
        streamed: bytes,
    ) -> Callable[[bytes, bool, datetime], bytes] | None:
        """What signs one request, None where a fixed header is enough."""
        credentials = self._secrets.access_keys.get(deployment.provider)
        sign, keys = kind.sign, self._signing_keys
        # Of the address, not of the deployment: an inference profile may run elsewhere.
        region = self._setup.configuration.providers[deployment.provider].region or ""
        if credentials is None or sign is None:
            return None

        def signature(body: bytes, stream: bool, now: datetime) -> bytes:
            headers = sign(
                host=host,
                target=streamed if stream else whole,
                body=body,
                credentials=credentials,
                region=region,
                now=now,
                keys=keys,
            )
            return b"".join(b"%b: %b\r\n" % header for header in headers)

        return signature


def _authority(address: Address) -> bytes:
    """The address as the `host` header has it."""
    host = f"[{address.host}]" if ":" in address.host else address.host
    default_port = 443 if address.tls else 80
    return (host if address.port == default_port else f"{host}:{address.port}").encode()


def _codec(
    dialect: Dialect, envelope: Envelope | None
) -> Codec | EmbeddingCodec | CountingCodec | None:
    """The codec towards a provider, in the wrapping that it wants."""
    codec = any_codec_of(dialect)
    if envelope is None or not isinstance(codec, Codec):
        return codec
    return upstream_codec(codec)


def _own_lines(spec: Spec, version: str | None) -> bytes:
    """The headers of a request of the gateway's own making, in a dialect."""
    if spec.version_header is None or version is None:
        return OWN_LINES
    return b"%b%b: %b\r\n" % (OWN_LINES, spec.version_header, version.encode())
