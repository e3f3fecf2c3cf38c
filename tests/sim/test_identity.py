"""Official identity libraries and official clients together, against the simulators alone."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3  # pyright: ignore[reportMissingTypeStubs] -- it ships none
import openai
import pytest
from azure.identity import ClientSecretCredential, get_bearer_token_provider
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs] -- it ships none
from botocore.exceptions import (  # pyright: ignore[reportMissingTypeStubs] -- it ships none
    ClientError,
)

from bench import certificates
from detente.simulator import IdentitySimulator, Simulator, SimulatorThread

SCOPE = "https://cognitiveservices.azure.com/.default"
MODEL = "amazon.nova-lite-v1:0"
HOUR_S = 3600


@pytest.fixture
def entra(tmp_path: Path) -> Iterator[tuple[IdentitySimulator, str, str]]:
    """Entra by HTTPS: the simulator, its address, and the file of whom to trust."""
    files = certificates.make(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(files.chain, files.private_key)
    simulator = IdentitySimulator(tls=tls)
    with SimulatorThread(simulator) as running:
        yield simulator, running.base_url, str(files.authority)


def ask_azure(entra: tuple[IdentitySimulator, str, str], scope: str = SCOPE) -> str | None:
    simulator, address, trusted = entra
    client_id, secret = next(iter(simulator.identities.azure_clients.items()))
    credential = ClientSecretCredential(
        simulator.identities.azure_tenant,
        client_id,
        secret,
        authority=address,
        disable_instance_discovery=True,
        connection_verify=trusted,
    )
    provider = get_bearer_token_provider(credential, scope)
    platform = Simulator("azure", models=["gpt-4"], issued_tokens=True)
    with (
        SimulatorThread(platform) as azure,
        openai.AzureOpenAI(
            azure_endpoint=azure.base_url,
            azure_ad_token_provider=provider,
            api_version="2024-10-21",
            max_retries=0,
        ) as client,
    ):
        answer = client.chat.completions.create(
            model="gpt-4", messages=[{"role": "user", "content": "echo hi"}]
        )
        return answer.choices[0].message.content


def test_azures_client_with_a_token_of_entra(entra: tuple[IdentitySimulator, str, str]) -> None:
    assert ask_azure(entra) == "hi"


def test_a_token_for_another_platform(entra: tuple[IdentitySimulator, str, str]) -> None:
    with pytest.raises(openai.AuthenticationError, match="audience is incorrect"):
        ask_azure(entra, "https://management.azure.com/.default")


def test_a_token_that_ended_an_hour_ago(entra: tuple[IdentitySimulator, str, str]) -> None:
    entra[0].clock_ahead_s = -2 * HOUR_S
    with pytest.raises(openai.AuthenticationError, match="or have expired"):
        ask_azure(entra)


def ask_bedrock(service: SimulatorThread, identity: IdentitySimulator, **change: str) -> str:
    """Converse with the keys of an assumed role; `change` replaces some of them."""
    key_id, secret = next(iter(identity.identities.aws_keys.items()))
    config = Config(retries={"mode": "standard", "total_max_attempts": 1})
    library: Any = boto3
    sts = library.client(
        "sts",
        endpoint_url=service.base_url,
        region_name="us-east-1",
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        config=config,
    )
    role = identity.identities.aws_roles[0]
    issued = sts.assume_role(RoleArn=role, RoleSessionName="tests")["Credentials"]
    keys = {
        "aws_access_key_id": issued["AccessKeyId"],
        "aws_secret_access_key": issued["SecretAccessKey"],
        "aws_session_token": issued["SessionToken"],
        **change,
    }
    with SimulatorThread(Simulator("bedrock", models=[MODEL], issued_tokens=True)) as bedrock:
        client = library.client(
            "bedrock-runtime",
            endpoint_url=bedrock.base_url,
            region_name="us-east-1",
            config=config,
            **keys,
        )
        messages = [{"role": "user", "content": [{"text": "echo hi"}]}]
        answer = client.converse(modelId=MODEL, messages=messages)
        return answer["output"]["message"]["content"][0]["text"]


@pytest.fixture
def identity(monkeypatch: pytest.MonkeyPatch) -> IdentitySimulator:
    monkeypatch.delenv("AWS_BEARER_TOKEN_BEDROCK", raising=False)
    return IdentitySimulator()


def code_of(error: Any) -> str:
    return error.response["Error"]["Code"]


def test_amazons_client_with_the_keys_of_a_role(identity: IdentitySimulator) -> None:
    with SimulatorThread(identity) as service:
        assert ask_bedrock(service, identity) == "hi"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"aws_secret_access_key": "another"}, "InvalidSignatureException"),
        ({"aws_session_token": "another"}, "UnrecognizedClientException"),
        ({"aws_access_key_id": "AKIASIMULATED"}, "UnrecognizedClientException"),
    ],
)
def test_keys_that_do_not_belong_together(
    identity: IdentitySimulator, change: dict[str, str], code: str
) -> None:
    with SimulatorThread(identity) as service, pytest.raises(ClientError) as caught:
        ask_bedrock(service, identity, **change)
    assert code_of(caught.value) == code


def test_keys_that_ended(identity: IdentitySimulator) -> None:
    identity.lifetime_s = 0
    with SimulatorThread(identity) as service, pytest.raises(ClientError) as caught:
        ask_bedrock(service, identity)
    assert code_of(caught.value) == "ExpiredTokenException"
