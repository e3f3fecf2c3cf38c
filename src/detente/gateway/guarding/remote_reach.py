"""How each remote detector of a configuration is reached: one more send, at the same providers.

A platform's service is asked at its provider's address, with its credential, from its pool; a guard
model as its deployment is asked by anybody. Everything that no look changes is worked out here,
once for a plane. Sending is `remote_looks`'.

>>> RemoteReach(setup, secrets, pools.pool, renewals).remote(endpoints)["moderation"].place.id
'openai/openai_moderation'
"""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

import msgspec

from detente.canonical.guardrail import Stage
from detente.canonical.model import Deployment
from detente.canonical.request import Request
from detente.canonical.safety import SafetySignal
from detente.dialects.codec import Codec
from detente.gateway.http.message import Response
from detente.gateway.outbound import own_request
from detente.gateway.upstream.connections import Pool
from detente.gateway.upstream.dial import address_of
from detente.gateway.upstream.endpoint import Endpoint
from detente.gateway.upstream.reach import OWN_LINES, Reach, authority, may_be_private
from detente.gateway.upstream.renewal import Renewal
from detente.guardrails.detector_error import DetectorError
from detente.guardrails.remote import GuardModel, RemoteDetector
from detente.guardrails.remote.asking import OK, Ask
from detente.providers import ProviderKind, Site
from detente.providers.kind import Header
from detente.wiring import remote_detectors_of, remote_places_of

PROJECTS: Final = "/api/projects/"
SUFFIXES: Final = ("/v1", "/openai", "/anthropic")
"""What addresses of Azure's resources end with for the SDKs of models, the last first."""
AZURE: Final = ("azure", "foundry")
AZURE_SCOPE: Final = "https://cognitiveservices.azure.com/.default"
"""What Entra's tokens for the service are asked for, whatever those for models are
(azure-ai-contentsafety 1.0.0)."""
ACCOUNTS: Final = ("openai", "openai_compatible")
"""Kinds whose headers say whose account is billed; those of others are of models."""


class Send(Protocol):
    """One request of a look."""

    def message(self, now: datetime) -> tuple[bytes, bytes]:
        """Its head and its body; with a credential, once that is ready."""
        ...

    def verdict(self, answer: Response) -> tuple[SafetySignal, ...]:
        """What a whole answer says; raises `DetectorError`, or `ProviderFault`."""
        ...


class RemoteEndpoint(Protocol):
    """One remote detector that can be reached; `place` is where it sees what it is asked about."""

    @property
    def stages(self) -> tuple[Stage, ...]: ...

    @property
    def place(self) -> Deployment: ...

    @property
    def pool(self) -> Pool: ...

    @property
    def renewal(self) -> Renewal | None: ...

    def sends(self, texts: Sequence[str], stage: Stage) -> tuple[Send, ...]:
        """The requests in which all of `texts` are looked at; raises `DetectorError`."""
        ...


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """One path of a service: the head up to the length, and what signs a body, if anything."""

    head: bytes
    sign: Callable[[bytes, bool, datetime], bytes] | None


class ServiceSend(msgspec.Struct, frozen=True, kw_only=True):
    """One request to a platform's service."""

    detector: RemoteDetector
    door: Door
    ask: Ask

    def message(self, now: datetime) -> tuple[bytes, bytes]:
        """See `Send`."""
        body = self.ask.body
        signed = b"" if self.door.sign is None else self.door.sign(body, False, now)
        return b"%b%bcontent-length: %d\r\n\r\n" % (self.door.head, signed, len(body)), body

    def verdict(self, answer: Response) -> tuple[SafetySignal, ...]:
        """See `Send`."""
        return self.detector.verdict(self.ask, answer.status, answer.body)


class ServiceEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A platform's service; `doors` are by the paths of its asks."""

    detector: RemoteDetector
    place: Deployment
    pool: Pool
    renewal: Renewal | None
    doors: Mapping[str, Door]

    @property
    def stages(self) -> tuple[Stage, ...]:
        """What it is asked about."""
        return self.detector.stages

    def sends(self, texts: Sequence[str], stage: Stage) -> tuple[ServiceSend, ...]:
        """See `RemoteEndpoint`."""
        return tuple(
            ServiceSend(detector=self.detector, door=self.doors[ask.path], ask=ask)
            for ask in self.detector.asks(texts, stage)
        )


class ModelSend(msgspec.Struct, frozen=True, kw_only=True):
    """One request to a guard model."""

    detector: GuardModel
    endpoint: Endpoint
    codec: Codec
    asked: Request
    stage: Stage

    def message(self, now: datetime) -> tuple[bytes, bytes]:
        """See `Send`."""
        body = self.codec.encode_request(self.asked, self.endpoint.target).body
        return own_request(self.endpoint, body, stream=False, now=now)

    def verdict(self, answer: Response) -> tuple[SafetySignal, ...]:
        """See `Send`."""
        if answer.status != OK:
            said = f"its model answered with status {answer.status}"
            raise DetectorError(f"{said}; see `detente providers test`")
        return self.detector.read(self.codec.decode_response(answer.body), self.stage)


class ModelEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A guard model on a deployment, in the dialect that it is asked in; None where it has none."""

    detector: GuardModel
    place: Deployment
    endpoint: Endpoint
    codec: Codec | None

    @property
    def stages(self) -> tuple[Stage, ...]:
        """What it is asked about."""
        return self.detector.stages

    @property
    def pool(self) -> Pool:
        """Its provider's."""
        return self.endpoint.pool

    @property
    def renewal(self) -> Renewal | None:
        """Its provider's."""
        return self.endpoint.renewal

    def sends(self, texts: Sequence[str], stage: Stage) -> tuple[ModelSend, ...]:
        """See `RemoteEndpoint`."""
        codec = self.codec
        if codec is None:
            raise DetectorError(f"`{self.place.id}` does not chat; name a deployment that does")
        return tuple(
            ModelSend(
                detector=self.detector,
                endpoint=self.endpoint,
                codec=codec,
                asked=asked,
                stage=stage,
            )
            for asked in self.detector.asks(texts, stage, model=self.place.upstream_id)
        )


class RemoteReach(Reach):
    """Builds the endpoints of one configuration's remote detectors."""

    def remote(
        self, endpoints: Mapping[tuple[str, str, str], Endpoint]
    ) -> dict[str, RemoteEndpoint]:
        """Each of them by its name; `endpoints` are those of the deployments."""
        places = remote_places_of(self._setup)
        return {
            name: _of_model(detector, places[name], endpoints)
            if isinstance(detector, GuardModel)
            else self._service(detector, places[name])
            for name, detector in remote_detectors_of(self._setup).items()
        }

    def _service(self, detector: RemoteDetector, place: Deployment) -> ServiceEndpoint:
        configuration = self._setup.configuration
        provider, site = configuration.providers[place.provider], self._site(place)
        kind = self._kinds[place.kind]
        if kind.name in AZURE:
            kind = msgspec.structs.replace(kind, token_scope=AZURE_SCOPE)
        private = may_be_private(provider, kind, site.base_url)
        address = address_of(site.base_url, os.environ, private=private)
        renewal = self._renewal(provider, place.provider, kind)
        host, root = authority(address), _root(kind, site)
        lines = self._lines(place, kind, site, host)
        doors: dict[str, Door] = {}
        for path in detector.paths:
            target = (root + path).encode()
            doors[path] = Door(
                head=b"POST %b HTTP/1.1\r\n%b" % (target, lines),
                sign=self._signer(place, kind, host, renewal, whole=target, streamed=target),
            )
        return ServiceEndpoint(
            detector=detector,
            place=place,
            pool=self._pool_of(place.provider, address, configuration.limits),
            renewal=renewal,
            doors=doors,
        )

    def _lines(self, place: Deployment, kind: ProviderKind, site: Site, host: bytes) -> bytes:
        """The headers of every request to a service."""
        secret = self._secrets.api_keys.get(place.provider)
        headers: tuple[Header, ...] = ((b"host", host), (b"accept-encoding", b"identity"))
        if secret is not None and kind.name in AZURE:
            headers += ((b"ocp-apim-subscription-key", secret.encode()),)
        elif secret is not None:
            headers += kind.auth_headers(secret)
        if kind.name in ACCOUNTS:
            headers += kind.headers(site, place, "openai_chat")
        return b"".join(b"%b: %b\r\n" % header for header in headers) + OWN_LINES


def _of_model(
    detector: GuardModel,
    place: Deployment,
    endpoints: Mapping[tuple[str, str, str], Endpoint],
) -> ModelEndpoint:
    """The deployment in the first of its dialects that chats."""
    found = [one for (_, name, _), one in endpoints.items() if name == place.id]
    for one in found:
        if isinstance(one.codec, Codec):
            return ModelEndpoint(detector=detector, place=place, endpoint=one, codec=one.codec)
    return ModelEndpoint(detector=detector, place=place, endpoint=found[0], codec=None)


def _root(kind: ProviderKind, site: Site) -> str:
    """The path below which a service stands: a resource of Azure's has it at its own root."""
    if kind.name not in AZURE:
        return site.root
    root = site.root.partition(PROJECTS)[0]
    for suffix in SUFFIXES:
        root = root.removesuffix(suffix)
    return root
