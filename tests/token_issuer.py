"""An OpenID Connect issuer on loopback: discovery, keys, tokens; and how it may misbehave.

Keys are made with cryptography, tokens signed by PyJWT; what no library would sign is put together
by `forged`. Stopped at the end of its `with`.

>>> with running_issuer() as issuer:
...     issuer.token(project="shop")
"""

import base64
import hmac
import json
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
)
from jwt.algorithms import get_default_algorithms

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
Answer = tuple[int, dict[str, str], bytes]
AUDIENCE = "api://detente"


@lru_cache
def rsa_key(number: int = 0, bits: int = 2048) -> rsa.RSAPrivateKey:
    """An RSA key, the same for the same number."""
    del number
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@lru_cache
def ec_key(number: int = 0) -> ec.EllipticCurvePrivateKey:
    """A key on P-256."""
    del number
    return ec.generate_private_key(ec.SECP256R1())


@lru_cache
def ed_key(number: int = 0) -> ed25519.Ed25519PrivateKey:
    """An Ed25519 key."""
    del number
    return ed25519.Ed25519PrivateKey.generate()


def algorithm_of(key: PrivateKey) -> str:
    """The usual algorithm of a key."""
    if isinstance(key, rsa.RSAPrivateKey):
        return "RS256"
    return "ES256" if isinstance(key, ec.EllipticCurvePrivateKey) else "EdDSA"


def jwk_of(key: PrivateKey, key_id: str | None, **more: object) -> dict[str, object]:
    """The public half as an issuer publishes it."""
    public = get_default_algorithms()[algorithm_of(key)].to_jwk(key.public_key(), as_dict=True)
    public.pop("key_ops", None)
    named = {} if key_id is None else {"kid": key_id}
    return {**public, **named, "use": "sig", **more}


def jwk_set(*rows: dict[str, object]) -> bytes:
    """A set of published keys."""
    return json.dumps({"keys": rows}).encode()


def public_pem(key: PrivateKey) -> bytes:
    """The public half as PEM: the secret of a confused HMAC."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def encoded(value: object) -> str:
    """JSON, or bytes as they are, in base64url without padding."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def forged(head: object, claims: object, signature: bytes = b"") -> str:
    """A token that no library would make."""
    return f"{encoded(head)}.{encoded(claims)}.{encoded(signature)}"


def signed(
    claims: dict[str, Any],
    key: PrivateKey,
    key_id: str | None,
    algorithm: str | None = None,
    head: dict[str, Any] | None = None,
) -> str:
    """A token signed by `key`."""
    headers = {**({} if key_id is None else {"kid": key_id}), **(head or {})}
    body = json.dumps(claims).encode()  # whatever they are: PyJWT would refuse some
    return jwt.PyJWS().encode(body, key, algorithm or algorithm_of(key), headers)


def signed_text(claims: str, key: PrivateKey, key_id: str) -> str:
    """A token whose claims are this very text."""
    return jwt.PyJWS().encode(claims.encode(), key, algorithm_of(key), {"kid": key_id})


def hmac_signed(claims: dict[str, Any], secret: bytes, head: dict[str, str]) -> str:
    """A token signed with a secret, which no library would take for one."""
    digest = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}[head["alg"]]
    body = f"{encoded(head)}.{encoded(claims)}"
    return f"{body}.{encoded(hmac.digest(secret, body.encode(), digest))}"


class TokenIssuer:
    """An issuer that runs; `answers` replaces what a path answers."""

    def __init__(self, port: int = 0) -> None:
        self.keys: dict[str, PrivateKey] = {"one": rsa_key()}
        self.answers: dict[str, Callable[[], Answer]] = {}
        self.asked: list[str] = []
        self.released = threading.Event()
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                issuer.asked.append(self.path)
                status, headers, body = issuer.answer(self.path)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if "transfer-encoding" not in headers:
                    self.send_header("content-length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:  # who asked has had enough
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Answer nobody any more; more than once does no harm."""
        if self.released.is_set():
            return
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    @property
    def jwks(self) -> bytes:
        """What it publishes."""
        return jwk_set(*(jwk_of(key, key_id) for key_id, key in self.keys.items()))

    def answer(self, path: str) -> Answer:
        """What is said at a path."""
        if path in self.answers:
            return self.answers[path]()
        if path == "/.well-known/openid-configuration":
            document = {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}
            return 200, {"content-type": "application/json"}, json.dumps(document).encode()
        if path == "/keys":
            return 200, {"content-type": "application/json"}, self.jwks
        return 404, {}, b""

    def claims(self, **changed: object) -> dict[str, Any]:
        """The claims of a sound token, some changed, those that are None left out."""
        now = int(time.time())
        usual = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "ann@example.com",
            "iat": now,
            "nbf": now,
            "exp": now + 600,
        }
        return {name: value for name, value in {**usual, **changed}.items() if value is not None}

    def token(self, *, key_id: str | None = None, **changed: object) -> str:
        """A token signed by one of its keys, the first where none is named."""
        chosen = key_id or next(iter(self.keys))
        return signed(self.claims(**changed), self.keys[chosen], chosen)


@contextmanager
def running_issuer(port: int = 0) -> Generator[TokenIssuer]:
    """An issuer for as long as the block runs; at the port of one that was there before."""
    issuer = TokenIssuer(port)
    issuer.start()
    try:
        yield issuer
    finally:
        issuer.stop()
