"""Credentials by the platforms' own libraries: one file a chain, one optional extra each.

The named impure part of this room: libraries read environment, files and metadata servers. They
are imported when a source is opened, so that nothing but what is configured need be installed.
Not here: secrets that a configuration refers to, and when to renew.

    source = CHAINS["google"](ChainSettings(), scope="https://www.googleapis.com/auth/cloud-platform")
    source.fetch().credential
"""

from typing import Final

from detente.providers.credentials import aws, azure, google, oci
from detente.providers.credentials.lease import (
    Credential,
    CredentialError,
    Lease,
    Opener,
    Source,
    check_sendable,
)
from detente.providers.credentials.settings import ChainSettings

CHAINS: Final[dict[str, Opener]] = {
    aws.KIND: aws.open_source,
    azure.KIND: azure.open_source,
    google.KIND: google.open_source,
    oci.KIND: oci.open_source,
}
"""Each chain by its name, which is its extra's too: a new one is a file here and a line."""

__all__ = [
    "CHAINS",
    "ChainSettings",
    "Credential",
    "CredentialError",
    "Lease",
    "Opener",
    "Source",
    "check_sendable",
]
