"""The configured providers that a list of models needs: one for each address and credential.

Secrets become references. One that stands in the file itself is never copied: it becomes a
reference to an environment variable, with a note that says which.

>>> providers = Providers(Notes())
>>> providers.name_for("openai", "gpt-4o", {"api_key": "os.environ/OPENAI_API_KEY"}, "here")
'openai'
"""

import re
from typing import Final
from urllib.parse import urlsplit

import msgspec

from detente.cli.litellm.document import Notes, Table, text_of
from detente.cli.litellm.places import OWN_ADDRESSES, SELF_HOSTED, region_in, slug

FROM_ENVIRONMENT: Final = "os.environ/"
UNKNOWN_ADDRESS: Final = "https://address.invalid"
"""Where the file names an environment variable: no name can lead there, so nothing is sent."""
UNKNOWN_PROJECT: Final = "name-the-project"
UNKNOWN_COMPARTMENT: Final = "ocid1.compartment.oc1..name-the-compartment"
AWS: Final = frozenset(("bedrock", "bedrock_mantle"))
NAMES_MAX: Final = 1000
USUAL_VARIABLES: Final = {
    "anthropic": "ANTHROPIC_API_KEY",
    "azure": "AZURE_API_KEY",
    "bedrock": "AWS_BEARER_TOKEN_BEDROCK",
    "bedrock_mantle": "AWS_BEARER_TOKEN_BEDROCK",
    "cerebras": "CEREBRAS_API_KEY",
    "cohere": "COHERE_API_KEY",
    "deepinfra": "DEEPINFRA_API_KEY",
    "deepseek": "DEEPSEEK_API_KEY",
    "fireworks": "FIREWORKS_API_KEY",
    "foundry": "AZURE_AI_API_KEY",
    "gemini": "GEMINI_API_KEY",
    "groq": "GROQ_API_KEY",
    "huggingface": "HUGGINGFACE_API_KEY",
    "mistral": "MISTRAL_API_KEY",
    "moonshot": "MOONSHOT_API_KEY",
    "nebius": "NEBIUS_API_KEY",
    "nvidia": "NVIDIA_NIM_API_KEY",
    "openai": "OPENAI_API_KEY",
    "openrouter": "OPENROUTER_API_KEY",
    "perplexity": "PERPLEXITYAI_API_KEY",
    "sambanova": "SAMBANOVA_API_KEY",
    "together": "TOGETHERAI_API_KEY",
    "xai": "XAI_API_KEY",
    "zai": "ZAI_API_KEY",
}
"""Where LiteLLM looks for a key that the file does not name (its sources, 1.106)."""
ENTRA: Final = ("tenant_id", "client_id", "client_secret", "azure_ad_token", "azure_username")

_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OCID: Final = re.compile(r"ocid1\.[A-Za-z0-9._-]{1,250}")
_ACCESS_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
_URL: Final = re.compile(r"https?://[\w.:\[\]-]+(?:/[\w./%~-]*)?")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_REGION: Final = re.compile(r"[a-z0-9-]{1,64}")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One `[providers.NAME]`; secrets are names of environment variables.

    `credentials` are pairs of a `credentials` table; an empty tuple is `"default"`.
    """

    kind: str
    base_url: str | None = None
    host: str | None = None
    region: str | None = None
    api_version: str | None = None
    organization: str | None = None
    project: str | None = None
    compartment: str | None = None
    api_key: str | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = None
    session_token: str | None = None
    credentials: tuple[tuple[str, str], ...] | None = None


class Providers:
    """The places in the order in which they are met, by the names that they are given."""

    def __init__(self, notes: Notes) -> None:
        self.named: dict[str, Place] = {}
        self._notes = notes
        self._variables: dict[str, str] = {}

    def name_for(self, kind: str, model: str, params: Table, where: str) -> str:
        """The name of the provider that `params` describe; takes what it understands of them."""
        place = self._place(kind, model, params, where)
        for name, known in self.named.items():
            if known == place:
                return name
        base = slug(kind if place.region is None else f"{kind}-{place.region}")
        names = (base if n == 1 else f"{base}-{n}" for n in range(1, NAMES_MAX))
        name = next(name for name in names if name not in self.named)
        self.named[name] = place
        return name

    def _place(self, kind: str, model: str, params: Table, where: str) -> Place:
        base_url = self._address(kind, params, where)
        region = self._region(params, where)
        if kind in AWS:
            region = region_in(model) or region or self._told_region(where)
        if kind == "openai" and base_url is not None:
            host = base_url.split("/")[2]
            region = host.removesuffix(OWN_ADDRESSES[1]) if host != OWN_ADDRESSES[0] else None
            base_url = None
        if kind in ("vertex", "oci") and region is None:
            region = {"vertex": "us-central1", "oci": "us-ashburn-1"}[kind]
            self._notes.add(where, f"names no region, so `{region}`, LiteLLM's own, is written")
        return Place(
            kind=kind,
            base_url=base_url,
            host="self" if kind in SELF_HOSTED else None,
            region=self._literal(region, where, "region"),
            api_version=self._literal(text_of(params, "api_version"), where, "api_version"),
            organization=self._named(text_of(params, "organization"), where, "organization"),
            project=self._project(kind, params, where),
            compartment=self._compartment(kind, params, where),
            **self._credentials(kind, params, where),
        )

    def _region(self, params: Table, where: str) -> str | None:
        """The region that is named, by whichever platform's word for it."""
        for key in ("aws_region_name", "vertex_location", "oci_region", "region_name"):
            region = text_of(params, key)
            if not region:
                continue
            if region.startswith(FROM_ENVIRONMENT) or _REGION.fullmatch(region):
                return region
            said = "is no region; write it into `region` of the provider"
            self._notes.add(f"{where}.{key}", said)
        return None

    def _address(self, kind: str, params: Table, where: str) -> str | None:
        given = (
            text_of(params, "api_base")
            or text_of(params, "base_url")
            or text_of(params, "aws_bedrock_runtime_endpoint")
        )
        if given is None:
            return UNKNOWN_ADDRESS if self._needs_address(kind, where) else None
        if not _is_address(given):
            said = "an address stands in the configuration itself; write it into `base_url`"
            self._notes.add(f"{where}.api_base", said)
            return UNKNOWN_ADDRESS
        url = given.rstrip("/")
        if kind == "azure":
            url = re.sub(r"/openai(?:/.*)?$", "", url)
        return re.sub(r"/(?:chat/completions|messages|v1/messages|embeddings)$", "", url)

    def _needs_address(self, kind: str, where: str) -> bool:
        needed = kind in ("azure", "foundry", "openai_compatible", "vllm", "lm_studio")
        if needed:
            self._notes.add(where, "names no `api_base`; write the address into `base_url`")
        return needed

    def _told_region(self, where: str) -> str:
        said = "names no `aws_region_name`; write AWS's region in place of `us-east-1`"
        self._notes.add(where, said)
        return "us-east-1"

    def _literal(self, value: str | None, where: str, key: str) -> str | None:
        """A value that cannot be a reference here."""
        if value is None or not value.startswith(FROM_ENVIRONMENT):
            return value
        said = f"comes from the environment there; write it into `{key}` of the provider"
        self._notes.add(f"{where}.{key}", said)
        return None

    def _named(self, value: str | None, where: str, key: str) -> str | None:
        """A literal value that is a name as a configuration takes it."""
        value = self._literal(value, where, key)
        if value is None or _NAME.fullmatch(value):
            return value
        self._notes.add(f"{where}.{key}", f"is no name; write it into `{key}` of the provider")
        return None

    def _project(self, kind: str, params: Table, where: str) -> str | None:
        project = self._named(text_of(params, "vertex_project"), where, "project")
        if kind != "vertex" or project is not None:
            return project
        self._notes.add(where, f"names no project; write it in place of `{UNKNOWN_PROJECT}`")
        return UNKNOWN_PROJECT

    def _compartment(self, kind: str, params: Table, where: str) -> str | None:
        value = self._literal(text_of(params, "oci_compartment_id"), where, "compartment")
        if value is not None and _OCID.fullmatch(value):
            return value
        if kind != "oci":
            return None
        said = f"names no compartment; write it in place of `{UNKNOWN_COMPARTMENT}`"
        self._notes.add(where, said)
        return UNKNOWN_COMPARTMENT

    def _credentials(self, kind: str, params: Table, where: str) -> "Table":
        """The members of `Place` that say who asks."""
        usual = USUAL_VARIABLES.get(kind)
        key = self._variable(params, "api_key", usual or f"{kind}_API_KEY", where)
        if kind in AWS:
            return self._aws(key, params, where)
        if kind == "vertex":
            return self._google(params, where)
        if kind == "oci" and key is None:
            for name in ("oci_user", "oci_fingerprint", "oci_tenancy", "oci_key", "oci_key_file"):
                if params.pop(name, None) is not None:
                    self._notes.add(f"{where}.{name}", "comes from Oracle's own profile here")
            return {"credentials": ()}
        if kind in ("azure", "foundry") and key is None and any(name in params for name in ENTRA):
            return self._entra(params, where)
        return {"api_key": key or usual}

    def _aws(self, key: str | None, params: Table, where: str) -> Table:
        access_key = text_of(params, "aws_access_key_id")
        secret = self._variable(params, "aws_secret_access_key", "AWS_SECRET_ACCESS_KEY", where)
        session = self._variable(params, "aws_session_token", "AWS_SESSION_TOKEN", where)
        profile, role = text_of(params, "aws_profile_name"), text_of(params, "aws_role_name")
        if key is not None:
            return {"api_key": key}
        if access_key is not None and secret is not None and _ACCESS_KEY.fullmatch(access_key):
            return {
                "access_key_id": access_key,
                "secret_access_key": secret,
                "session_token": session,
            }
        if access_key is not None and access_key != f"{FROM_ENVIRONMENT}AWS_ACCESS_KEY_ID":
            said = "an access key's id is no reference here; AWS's own library finds it instead"
            self._notes.add(f"{where}.aws_access_key_id", said)
        pairs = (("profile", profile), ("role_arn", role))
        return {"credentials": tuple((name, word) for name, word in pairs if word is not None)}

    def _google(self, params: Table, where: str) -> Table:
        given = params.pop("vertex_credentials", None)
        if isinstance(given, str) and given and not given.startswith(("{", FROM_ENVIRONMENT)):
            return {"credentials": (("file", given),)}
        if given is not None:
            said = "is found by Google's own library here; set `GOOGLE_APPLICATION_CREDENTIALS`"
            self._notes.add(f"{where}.vertex_credentials", said)
        return {"credentials": ()}

    def _entra(self, params: Table, where: str) -> Table:
        pairs: list[tuple[str, str]] = []
        for name, key in (("client_id", "client_id"), ("tenant_id", "tenant_id")):
            value = self._literal(text_of(params, name), where, f"credentials.{key}")
            if value is not None:
                pairs.append((key, value))
        for name in (*ENTRA, "azure_password"):
            if params.pop(name, None) is not None:
                said = "is found by Azure's own library here; set its `AZURE_…` variables"
                self._notes.add(f"{where}.{name}", said)
        return {"credentials": tuple(pairs)}

    def _variable(self, params: Table, key: str, usual: str, where: str) -> str | None:
        """The environment variable of a secret; the secret itself goes no further."""
        secret = text_of(params, key)
        if secret is None:
            return None
        name = secret.removeprefix(FROM_ENVIRONMENT)
        if name != secret and _VARIABLE.fullmatch(name):
            return name
        variable = self._variables.get(secret)
        if variable is None:
            usual = re.sub(r"[^A-Z0-9]+", "_", usual.upper())
            taken = set(self._variables.values())
            names = (usual if n == 1 else f"{usual}_{n}" for n in range(1, NAMES_MAX))
            variable = next(name for name in names if name not in taken)
            self._variables[secret] = variable
        said = f"the secret is not copied; put it into the environment variable `{variable}`"
        self._notes.add(f"{where}.{key}", said)
        return variable


def _is_address(text: str) -> bool:
    """Whether a configuration takes it as an address; one that carries a credential is none."""
    try:
        parts = urlsplit(text)
        return bool(_URL.fullmatch(text) and parts.hostname and parts.port != 0)
    except ValueError:
        return False
