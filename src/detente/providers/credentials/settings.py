"""What a configuration may say of where credentials come from: names and files, never secrets.

>>> ChainSettings(profile="prod")
ChainSettings(profile='prod', file=None, client_id=None, tenant_id=None, role_arn=None, \
audience=None, region=None)
"""

import msgspec


class ChainSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What may be said; a chain refuses what it has no use for. All None: as the platform's own
    tools find their credentials.

    - `profile`: the section of AWS's or Oracle's shared file.
    - `file`: Google's credential file, or Oracle's configuration file.
    - `client_id`, `tenant_id`: which Azure identity; `client_id` of a managed identity, too.
    - `role_arn`: the AWS role to assume with what was found.
    - `audience`: whom Azure tokens are for where it is not the public cloud's
      (`https://cognitiveservices.azure.us`).
    - `region`: where AWS's security token service is asked.
    """

    profile: str | None = None
    file: str | None = None
    client_id: str | None = None
    tenant_id: str | None = None
    role_arn: str | None = None
    audience: str | None = None
    region: str | None = None
