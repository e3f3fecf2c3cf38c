"""A gateway before one or two paced providers, configured alike for every test of this folder.

>>> with crowd_setting(folder, {"left": upstream}) as gateway:
...     gateway.port
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.gateway_configuration import (
    ModelRow,
    ProviderRow,
    credential_files,
    gateway_toml,
)
from tests.gateway_process import GatewayProcess, running_gateway


def crowd_toml(
    base_urls: Mapping[str, str],
    *,
    extra_models: int = 0,
    limits: Mapping[str, int] | None = None,
    workers: int = 1,
) -> str:
    """A configuration where model NAME is served by provider NAME; extra models change it."""
    extras = [
        ModelRow(name=f"extra/{number}", deployments=((next(iter(base_urls)), f"x{number}"),))
        for number in range(extra_models)
    ]
    return gateway_toml(
        providers=provider_rows(base_urls),
        models=[
            *(
                ModelRow(name=f"tests/{name}", aliases=(name,), deployments=((name, name),))
                for name in base_urls
            ),
            *extras,
        ],
        limits=limits,
        workers=workers,
        sync_interval_ms=None,
    )


def provider_rows(base_urls: Mapping[str, str]) -> list[ProviderRow]:
    """The providers of `crowd_toml`."""
    return [
        ProviderRow(name=name, kind="openai_compatible", base_url=url, settings=f'host = "{name}"')
        for name, url in base_urls.items()
    ]


@contextmanager
def crowd_setting(
    folder: Path,
    base_urls: Mapping[str, str],
    *,
    limits: Mapping[str, int] | None = None,
    workers: int = 1,
) -> Generator[GatewayProcess]:
    """The running gateway."""
    text = crowd_toml(base_urls, limits=limits, workers=workers)
    files = credential_files(provider_rows(base_urls))
    with running_gateway(folder, text, files) as gateway:
        yield gateway
