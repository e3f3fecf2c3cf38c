"""Access keys for AWS clients: another spelling of a virtual key, derived and never stored.

AWS clients sign with a secret instead of sending it, so whoever verifies must know it. The access
key id derives from the hash that the configuration carries, the secret from the gateway's master
key and that id. Another virtual key has another id, and with it another secret.

>>> access_key_id("sha256:" + "0" * 64)
'DTAKJ7TEFNQ2J5RYEY6P'
"""

import hashlib
import hmac
from base64 import b32encode, urlsafe_b64encode
from typing import Final

PREFIX: Final = "DTAK"
ID_CHARACTERS: Final = 16
"""80 bits: ids need not be secret, only apart. With the prefix as long as those of AWS."""
ID_PURPOSE: Final = "aws-access-key-id/v1/"
PURPOSE: Final = "aws-secret/v1/"
"""What derives for one purpose is of no use for another."""


def access_key_id(key_hash: str) -> str:
    """The access key id of the virtual key with this `sha256:…`."""
    digest = hashlib.sha256((ID_PURPOSE + key_hash).encode()).digest()
    return PREFIX + b32encode(digest)[:ID_CHARACTERS].decode()


def secret_access_key(master_key: str, access_key: str) -> str:
    """The secret that belongs to an access key id: 256 bits, as 43 characters."""
    message = (PURPOSE + access_key).encode()
    digest = hmac.digest(master_key.encode(), message, "sha256")
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
