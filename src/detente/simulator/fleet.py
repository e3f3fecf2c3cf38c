"""One simulator for each configured provider on loopback, at the address it is configured.

What a provider serves is what the configuration's deployments name; its key is what the
configuration's reference resolves to. Where a library finds the credentials, only those of a
simulated identity service are accepted.

    async with simulate(configuration) as simulators:
        simulators["azure-eastus2"].script(Status(status=429))
"""

import os
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from detente.canonical.failure import ClientFault
from detente.configuration.schema import Configuration, Provider, SimulatedProvider
from detente.configuration.world import is_loopback
from detente.simulator.platforms import platforms
from detente.simulator.server import Simulator


@asynccontextmanager
async def simulate(
    configuration: Configuration, *, folder: Path | None = None
) -> AsyncGenerator[dict[str, Simulator]]:
    """Runs the simulators of `configuration`, by the providers' names.

    A secret's relative file is relative to `folder`, else to the working directory.
    Raises `ClientFault` where a port is taken or no provider is on loopback.
    """
    simulators = simulators_of(configuration, folder or Path())
    async with AsyncExitStack() as stack:
        for simulator in simulators.values():
            try:
                await stack.enter_async_context(simulator)
            except OSError as error:
                reason = (error.strerror or "cannot listen").lower()
                raise ClientFault(
                    "request_invalid",
                    f"provider `{simulator.name}` cannot be simulated on port {simulator.port}: "
                    f"{reason}; give it another port in its `base_url`",
                ) from None
        yield simulators


def simulators_of(configuration: Configuration, folder: Path) -> dict[str, Simulator]:
    """The simulators that `configuration` asks for, not yet started; raises `ClientFault`."""
    found = {
        name: _simulator(name, provider, configuration, folder)
        for name, provider in configuration.providers.items()
        if provider.kind in platforms()
        and provider.base_url is not None
        and is_loopback(urlsplit(provider.base_url).hostname or "")
    }
    if not found:
        raise ClientFault(
            "request_invalid",
            "no provider is on loopback; give those to simulate a `base_url` such as "
            "`http://127.0.0.1:9001/v1`",
        )
    return found


def _simulator(
    name: str, provider: Provider, configuration: Configuration, folder: Path
) -> Simulator:
    url = urlsplit(provider.base_url or "")
    if url.scheme != "http":
        raise ClientFault(
            "request_invalid",
            f"provider `{name}` cannot be simulated over TLS from a configuration; write `http://` "
            "into its `base_url`",
        )
    models = (
        deployment.id
        for model in configuration.models.values()
        for deployment in model.deployments
        if deployment.provider == name
    )
    return Simulator(
        provider.kind,
        models=tuple(dict.fromkeys(models)),
        api_key=_key(provider, folder),
        behaviour=configuration.simulator.get(name, SimulatedProvider()),
        host=url.hostname or "127.0.0.1",
        port=url.port or 80,
        name=name,
        base_path=url.path,
        issued_tokens=provider.credentials is not None,
        project=provider.project,
        region=provider.region,
    )


def _key(provider: Provider, folder: Path) -> str | None:
    """The expected key; None, which accepts anybody, where there is none to expect.

    Of a pair of AWS keys it is the secret one.
    """
    secret = provider.api_key or provider.secret_access_key
    if secret is None:
        return None
    if secret.env is not None:
        return os.environ.get(secret.env)
    try:
        return (folder / (secret.file or "")).read_text(encoding="utf-8").rstrip("\r\n")
    except OSError:
        return None
