"""Oracle's own client at simulated Generative AI, signing by a key of its own: straight only.

The gateway verifies no signatures of Oracle's and needs a signer there that sets the key instead.
So this client, as it comes, cannot be pointed at both.

>>> with running_oracle() as oracle:
...     oracle.ask(streamed=False)
'hello there'
"""

import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from oci.generative_ai_inference import (  # pyright: ignore[reportMissingTypeStubs] -- it ships none
    GenerativeAiInferenceClient,
    models,
)
from oci.retry import NoneRetryStrategy  # pyright: ignore[reportMissingTypeStubs] -- it ships none

from detente.simulator import Simulator, SimulatorThread
from tests.platforms.clients import QUESTION

CLIENT: Final = "oci"
MODEL: Final = "xai.grok-4"
COMPARTMENT: Final = "ocid1.compartment.oc1..aaaa"
BITS: Final = 2048


class Oracle(msgspec.Struct, frozen=True, kw_only=True):
    """The official client, unmodified, pointed at the simulator."""

    client: Any

    def ask(self, *, streamed: bool) -> str:
        """What the model said, whole or in pieces."""
        said = models.UserMessage(content=[models.TextContent(text=QUESTION)])
        chat = models.GenericChatRequest(messages=[said], is_stream=streamed)
        details = models.ChatDetails(
            compartment_id=COMPARTMENT,
            serving_mode=models.OnDemandServingMode(model_id=MODEL),
            chat_request=chat,
        )
        answer: Any = self.client.chat(details).data
        if streamed:
            pieces = [json.loads(event.data) for event in answer.events()]
            parts = [
                part for piece in pieces for part in piece.get("message", {}).get("content", ())
            ]
            return "".join(part["text"] for part in parts)
        (choice,) = answer.chat_response.choices
        return "".join(part.text for part in choice.message.content)


@contextmanager
def running_oracle() -> Generator[Oracle]:
    """The simulator, which verifies signatures of the client's key, and the client."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    public = private.public_key()
    pem = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()
    with SimulatorThread(Simulator("oci", models=[MODEL], api_key=pem)) as running:
        settings = {
            "user": "ocid1.user.oc1..aaaa",
            "tenancy": "ocid1.tenancy.oc1..aaaa",
            "fingerprint": _fingerprint(public),
            "region": "us-chicago-1",
            "key_content": private.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ).decode(),
        }
        client = GenerativeAiInferenceClient(
            settings, service_endpoint=running.base_url, retry_strategy=NoneRetryStrategy()
        )
        yield Oracle(client=client)


def _fingerprint(public: rsa.RSAPublicKey) -> str:
    digest = hashes.Hash(hashes.MD5())  # what Oracle calls a fingerprint
    digest.update(
        public.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return digest.finalize().hex(":")
