"""Oracle's side of the pairs: a throwaway key in its official configuration file, and its client.

>>> oracle_client(url, key).chat(details)
"""

from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from oci.circuit_breaker import (  # pyright: ignore[reportMissingTypeStubs] - it has none
    NoCircuitBreakerStrategy,
)
from oci.generative_ai_inference import (  # pyright: ignore[reportMissingTypeStubs] - it has none
    GenerativeAiInferenceClient,
)
from oci.retry import NoneRetryStrategy  # pyright: ignore[reportMissingTypeStubs] - it has none

COMPARTMENT: Final = "ocid1.compartment.oc1..pairs"


def oci_files(key: rsa.RSAPrivateKey, folder: Path) -> str:
    """The official configuration file of a throwaway key, and the key; returns the file's path."""
    der = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    digest = hashes.Hash(hashes.MD5())  # what Oracle calls a fingerprint
    digest.update(der)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "oci.pem").write_bytes(pem)
    (folder / "oci.pem").chmod(0o600)
    config = folder / "oci.config"
    config.write_text(
        "[DEFAULT]\nuser=ocid1.user.oc1..aaaa\ntenancy=ocid1.tenancy.oc1..aaaa\n"
        f"region=us-chicago-1\nfingerprint={digest.finalize().hex(':')}\n"
        f"key_file={folder / 'oci.pem'}\n",
        encoding="utf-8",
    )
    config.chmod(0o600)
    return str(config)


class Bearer:
    """A signer for the official client that sends a key of the gateway's instead of signing."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: Any) -> Any:
        """`request`, with the key in its head."""
        request.headers["authorization"] = f"Bearer {self._key}"
        return request

    do_request_sign = __call__


def oracle_client(url: str, key: str) -> Any:
    """The official client before the gateway."""
    config = {
        "user": "ocid1.user.oc1..aaaa",
        "tenancy": "ocid1.tenancy.oc1..aaaa",
        "fingerprint": ":".join(["aa"] * 16),
        "region": "us-chicago-1",
        "key_file": "none",
    }
    return GenerativeAiInferenceClient(
        config,
        signer=Bearer(key),
        service_endpoint=url,
        retry_strategy=NoneRetryStrategy(),
        circuit_breaker_strategy=NoCircuitBreakerStrategy(),
    )
