"""How each deployment of a configuration is reached, in each dialect that it speaks.

Everything that no request changes is worked out here, once for a plane: address, path, headers, the
credential. What a request changes (a signature over its body) is left as a function.
"""

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from detente import providers
from detente.canonical.capability import UNKNOWN
from detente.canonical.extras import Json
from detente.canonical.model import Deployment, Dialect
from detente.configuration.schema import Limits, Provider
from detente.configuration.world import base_url_of
from detente.dialects import Spec, any_codec_of, spec_of
from detente.dialects.codec import Target
from detente.dialects.embedding_codec import EmbeddingCodec
from detente.dialects.envelope import AnyCodec, wrapping_of
from detente.dialects.members import MemberEdits
from detente.gateway.upstream.connections import Pool
from detente.gateway.upstream.credentials import Secrets
from detente.gateway.upstream.dial import Address, address_of
from detente.gateway.upstream.endpoint import Endpoint
from detente.gateway.upstream.renewal import Renewal, Renewals
from detente.gateway.upstream.resolution import is_literal
from detente.providers import Chain, Envelope, Guardrail, ProviderKind, Quirks, SigningKeys, Site
from detente.providers.credentials import CHAINS, ChainSettings, Source
from detente.providers.kind import Header
from detente.wiring import Setup, kind_defaults

PoolOf = Callable[[str, Address, Limits], Pool]
"""The pool of a provider at an address, under these limits."""

NO_QUIRKS: Final = Quirks()
OWN_LINES: Final = b"content-type: application/json\r\naccept: */*\r\nuser-agent: detente\r\n"


class Reach:
    """Builds the endpoints of one configuration."""

    def __init__(self, setup: Setup, secrets: Secrets, pool_of: PoolOf, renewals: Renewals) -> None:
        self._setup = setup
        self._secrets = secrets
        self._pool_of = pool_of
        self._kinds = {kind.name: kind for kind in providers.kinds()}
        self._renewals = renewals
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
        site = self._site(deployment)
        for dialect in deployment.dialects or offered:
            if dialect in kind.dialects and not kind.withheld(site, deployment, dialect):
                yield dialect

    def _site(self, deployment: Deployment) -> Site:
        provider = self._setup.configuration.providers[deployment.provider]
        base_url = base_url_of(provider, kind_defaults())
        assert base_url is not None  # check_configuration demands one
        return site_of(provider, base_url)

    def _endpoint(self, deployment: Deployment, dialect: Dialect) -> Endpoint:
        configuration = self._setup.configuration
        limits = configuration.limits
        provider = configuration.providers[deployment.provider]
        kind, spec = self._kinds[deployment.kind], spec_of(dialect)
        site = self._site(deployment)
        private = may_be_private(provider, kind, site.base_url)
        address = address_of(site.base_url, os.environ, private=private)
        host = authority(address)
        own = kind.headers(site, deployment, dialect)
        shared = self._shared_lines(deployment.provider, kind, host, own)
        whole = kind.target(site, deployment, dialect).encode()
        streamed = (kind.stream_target or kind.target)(site, deployment, dialect).encode()
        quirks = kind.quirks.get(dialect, NO_QUIRKS)
        renewal = self._renewal(provider, deployment.provider, kind)
        version = provider.api_version or spec.version
        envelope = kind.envelopes.get(dialect)
        operation = kind.operation(deployment, dialect)
        return Endpoint(
            deployment=deployment,
            spec=spec,
            address=address,
            pool=self._pool_of(deployment.provider, address, limits),
            head=b"POST %b HTTP/1.1\r\n%b" % (whole, shared),
            stream_head=b"POST %b HTTP/1.1\r\n%b" % (streamed, shared),
            own_lines=_own_lines(spec, None if envelope else version, own),
            codec=_codec(dialect, envelope, operation),
            operation=operation,
            target=Target(
                model=deployment.upstream_id,
                api_version=version,
                capabilities=self._setup.world.capabilities.get(deployment.model, UNKNOWN),
                refused=frozenset(quirks.refused),
                thoughts=quirks.thoughts,
            ),
            envelope=envelope,
            sign=self._signer(deployment, kind, host, renewal, whole=whole, streamed=streamed),
            renewal=renewal,
            secret=self._secret(deployment.provider),
            edits=_edits(kind.body_members(site, deployment, dialect), quirks),
            asks_usage=quirks.asks_usage,
            forwarded=kind.forwarded_headers
            - {name for name, _ in own}
            - kind.unheard(site, deployment, dialect),
            judge=kind.judge,
            headroom=kind.headroom,
            spill_lines=_spill_lines(kind, deployment),
            passed_on=kind.passed_on,
            first_byte_timeout_ms=provider.first_byte_timeout_ms or limits.first_byte_timeout_ms,
        )

    def _shared_lines(
        self, name: str, kind: ProviderKind, host: bytes, own: tuple[Header, ...]
    ) -> bytes:
        """The headers of every request to a deployment."""
        secret = self._secrets.api_keys.get(name)
        provider = self._setup.configuration.providers[name]
        is_token = bool(kind.token_needs) and all(getattr(provider, k) for k in kind.token_needs)
        told = kind.token_headers if is_token else kind.auth_headers
        keyed = () if secret is None else told(secret)
        headers = ((b"host", host), *keyed, *own, (b"accept-encoding", b"identity"))
        return b"".join(b"%b: %b\r\n" % header for header in headers)

    def _secret(self, name: str) -> bytes:
        """What of a provider's configured credential travels, or must never."""
        access_key = self._secrets.access_keys.get(name)
        if access_key is not None:
            return access_key.secret_access_key.encode()
        return self._secrets.api_keys.get(name, "").encode()

    def _renewal(self, provider: Provider, name: str, kind: ProviderKind) -> Renewal | None:
        """The credential that a library finds, None where one is configured."""
        if provider.credentials is None or kind.chain is None:
            return None
        settings = chain_settings(provider, kind.chain, self._setup.path.parent)
        open_source, scope = CHAINS[kind.chain], kind.token_scope

        def opened() -> Source:
            return open_source(settings, scope=scope)

        return self._renewals.of((name, kind.chain, settings, scope), name, opened)

    def _signer(
        self,
        deployment: Deployment,
        kind: ProviderKind,
        host: bytes,
        renewal: Renewal | None,
        *,
        whole: bytes,
        streamed: bytes,
    ) -> Callable[[bytes, bool, datetime], bytes] | None:
        """What gives one request its credential, None where a fixed header does."""
        fixed = self._secrets.access_keys.get(deployment.provider)
        sign, keys = kind.sign, self._signing_keys
        # Of the address, not of the deployment: an inference profile may run elsewhere.
        region = self._setup.configuration.providers[deployment.provider].region or ""
        if renewal is None and (fixed is None or sign is None):
            return None

        def lines(body: bytes, stream: bool, now: datetime) -> bytes:
            credential = fixed
            if renewal is not None:
                assert renewal.lease is not None  # the exchange waits for it
                credential = renewal.lease.credential
            if isinstance(credential, str):
                headers = kind.token_headers(credential)
            else:
                assert sign is not None
                assert credential is not None
                headers = sign(
                    host=host,
                    target=streamed if stream else whole,
                    body=body,
                    credentials=credential,
                    region=region,
                    now=now,
                    keys=keys,
                )
            return b"".join(b"%b: %b\r\n" % header for header in headers)

        return lines


def site_of(provider: Provider, base_url: str) -> Site:
    """A configured provider as its kind sees it."""
    guardrail = provider.guardrail
    return Site(
        base_url=base_url,
        region=provider.region,
        api_version=provider.api_version,
        project=provider.project,
        compartment=provider.compartment,
        organization=provider.organization,
        workspace=provider.workspace,
        guardrail=None
        if guardrail is None
        else Guardrail(identifier=guardrail.id, version=guardrail.version, trace=guardrail.trace),
    )


def may_be_private(provider: Provider, kind: ProviderKind, base_url: str) -> bool:
    """Whether a provider's address may lead into a private network.

    What is written in numbers says itself where it leads.
    """
    if provider.private_network is not None:
        return provider.private_network
    return kind.own_network or is_literal(urlsplit(base_url).hostname or "")


def chain_settings(provider: Provider, chain: Chain, folder: Path) -> ChainSettings:
    """Where a library looks for credentials; a relative file is relative to the configuration."""
    named = provider.credentials
    region = provider.region if chain == "aws" else None  # where its token service is asked
    if named is None or isinstance(named, str):
        return ChainSettings(region=region)
    return ChainSettings(
        profile=named.profile,
        file=None if named.file is None else str(folder / Path(named.file).expanduser()),
        role_arn=named.role_arn,
        client_id=named.client_id,
        tenant_id=named.tenant_id,
        audience=named.audience,
        region=region,
    )


def _edits(members: dict[str, Json], quirks: Quirks) -> MemberEdits | None:
    """What a deployment demands of every body, None where that is nothing."""
    if not members and quirks == NO_QUIRKS:
        return None
    return MemberEdits(
        members={name: msgspec.Raw(msgspec.json.encode(value)) for name, value in members.items()},
        renamed=quirks.renamed,
        roles=quirks.roles,
        call_id_characters=quirks.call_id_characters,
        prefix=quirks.prefix,
        dropped=() if quirks.asks_usage else ("stream_options",),
    )


def _spill_lines(kind: ProviderKind, deployment: Deployment) -> bytes:
    """The headers that name where the platform may pass on what a deployment has no room for."""
    if kind.spill is None or deployment.spillover is None:
        return b""
    upstream_id = deployment.spillover.removeprefix(f"{deployment.provider}/")
    return b"".join(b"%b: %b\r\n" % header for header in kind.spill(upstream_id))


def authority(address: Address) -> bytes:
    """The address as the `host` header has it."""
    host = f"[{address.host}]" if ":" in address.host else address.host
    default_port = 443 if address.tls else 80
    return (host if address.port == default_port else f"{host}:{address.port}").encode()


def _codec(dialect: Dialect, envelope: Envelope | None, operation: str | None) -> AnyCodec | None:
    """The codec towards a provider, in the wrapping that it wants, by the operation that it has."""
    codec = any_codec_of(dialect)
    if operation is not None and isinstance(codec, EmbeddingCodec):
        codec = msgspec.structs.replace(codec, operation=operation)
    if envelope is None or codec is None:
        return codec
    return wrapping_of(envelope).upstream_codec(codec)


def _own_lines(spec: Spec, version: str | None, kinds: tuple[Header, ...]) -> bytes:
    """The headers of a request of the gateway's own making, in a dialect; `kinds` come with every
    request already."""
    lines = OWN_LINES
    if any(name == b"content-type" for name, _ in kinds):
        lines = lines.partition(b"\r\n")[2]
    if spec.version_header is None or version is None:
        return lines
    return b"%b%b: %b\r\n" % (lines, spec.version_header, version.encode())
