"""Who is known to the simulated identity services, and how they answer now.

Everything has a value, so that a test or a drill says only what matters to it.

>>> Identities().azure_tenant
'11111111-1111-1111-1111-111111111111'
"""

from datetime import datetime
from typing import Final
from urllib.parse import parse_qs

import msgspec

from detente.simulator.exchange import Received
from detente.simulator.identity.rsa import PublicKey

LIFETIME_S: Final = 3600
"""How long what is issued holds, if nobody says otherwise: as Google and AWS do."""


class Identities(msgspec.Struct, frozen=True, kw_only=True):
    """Who may ask for a token, and with what; nobody else gets one.

    Keys of Google's service accounts by their address; AWS's long-lived secrets by access key id.
    Oracle's certificates are PEM, and `oci_public_key` is the leaf's.
    """

    google_accounts: dict[str, PublicKey] = {}
    google_client: tuple[str, str] = ("client-id", "client-secret")
    google_refresh: str = "refresh-token"
    google_subject: str = "subject-token"
    google_pool: str = (
        "//iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/p/providers/p"
    )
    google_instance_account: str = "instance@project.iam.gserviceaccount.com"
    google_project: str = "project"
    azure_tenant: str = "11111111-1111-1111-1111-111111111111"
    azure_clients: dict[str, str] = msgspec.field(
        default_factory=lambda: {"22222222-2222-2222-2222-222222222222": "client-secret"}
    )
    azure_assertion: str = "federated-assertion"
    azure_managed_ids: tuple[str, ...] = ("33333333-3333-3333-3333-333333333333",)
    azure_identity_header: str = "identity-header"
    aws_keys: dict[str, str] = msgspec.field(
        default_factory=lambda: {"AKIASIMULATED": "secret-access-key"}
    )
    aws_roles: tuple[str, ...] = ("arn:aws:iam::123456789012:role/detente",)
    aws_web_identity: str = "web-identity-token"
    aws_container: str = "container-token"
    aws_instance_role: str = "instance-role"
    aws_sign_in: str = "sign-in-token"
    oci_region: str = "us-phoenix-1"
    oci_tenancy: str = "ocid1.tenancy.oc1..simulated"
    oci_leaf_pem: str = ""
    oci_key_pem: str = ""
    oci_intermediate_pem: str = ""
    oci_public_key: PublicKey | None = None
    oci_fingerprint: str = ""


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """What a service knows when it answers: who is known, the time, and how long tokens hold.

    `base_url` is the service's own, for documents that name it; with `denied` nobody is known.
    """

    identities: Identities
    now: datetime
    lifetime_s: int
    base_url: str
    denied: bool = False


def form_of(request: Received) -> dict[str, str]:
    """The fields of a form, the first of each name; none where the body is no form."""
    try:
        pairs = parse_qs(request.body.decode("ascii"), max_num_fields=100)
    except ValueError:
        return {}
    return {name: values[0] for name, values in pairs.items()}
