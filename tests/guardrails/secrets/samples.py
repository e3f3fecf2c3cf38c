"""Secrets and what only looks like them, made by chance from a seed: none stands in any file.

`SECRETS` are makers of secrets by the rule that has to see them, each with the words around it;
`LOOK_ALIKES` make what is none.
"""

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from random import Random
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits
from typing import Final

Maker = Callable[[Random], str]

_BASE62: Final = ascii_letters + digits
_BASE64: Final = _BASE62 + "+/"
_URL64: Final = _BASE62 + "-_"
_BASE32: Final = ascii_uppercase + "234567"
_HEX: Final = "0123456789abcdef"
PREFIX: Final = {
    "aws": "AK" + "IA",
    "sts": "AS" + "IA",
    "google": "AI" + "za",
    "stripe": "sk_" + "live_",
    "slack": "xo" + "xb-",
}
"""In two parts, since whoever looks for secrets in this repository would find them here."""


def _of(chance: Random, alphabet: str, count: int) -> str:
    return "".join(chance.choices(alphabet, k=count))


def _aws_id(chance: Random) -> str:
    return chance.choice((PREFIX["aws"], PREFIX["sts"])) + _of(chance, _BASE32, 16)


def _azure_64(chance: Random) -> str:
    mark = chance.choice(("+ASt", "ACDb", "+ABa", "+AMC", "APIM"))
    return _of(chance, _BASE64, 76) + mark + _of(chance, _BASE64, 5) + chance.choice("AQgw") + "=="


def _azure_32(chance: Random) -> str:
    mark = chance.choice(("+ASb", "+AEh", "+ARm", "AIoT", "AzCa", "AZEG"))
    return (
        _of(chance, _BASE64, 33)
        + mark
        + chance.choice("ABCDEFGHIJKLMNOP")
        + _of(chance, _BASE64, 5)
        + "="
    )


def _azure_common(chance: Random) -> str:
    return (
        _of(chance, _BASE62, 52)
        + "JQQJ9"
        + chance.choice("9DH")
        + _of(chance, _BASE62, 1)
        + chance.choice("ABCDEFGHIJKL")
        + _of(chance, _BASE62, 16)
        + chance.choice(ascii_letters)
        + _of(chance, _BASE62, 7)
    )


def _openai(chance: Random) -> str:
    body = _of(chance, _URL64, 60) + _of(chance, _BASE62, 20)
    kind = chance.choice(("proj-", "svcacct-", "admin-", ""))
    return "sk-" + (kind + body if kind else _of(chance, _BASE62, 48))


def _slack(chance: Random) -> str:
    return (
        PREFIX["slack"]
        + "-".join((_of(chance, digits, 11), _of(chance, digits, 12)))
        + "-"
        + _of(chance, _BASE62, 24)
    )


def _gitlab(chance: Random) -> str:
    kind = chance.choice(("pat", "dt", "rt", "cbt", "ft"))
    return (
        f"gl{kind}-" + _of(chance, _BASE62, 1) + _of(chance, _URL64, 18) + _of(chance, _BASE62, 1)
    )


def _part(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _web_token(chance: Random) -> str:
    header = {"alg": chance.choice(("HS256", "RS256", "ES384")), "typ": "JWT"}
    if chance.random() < 0.5:
        header["kid"] = _of(chance, _BASE62, chance.randint(8, 120))
    claims = {
        "sub": _of(chance, digits, 10),
        "groups": [_of(chance, _HEX, 8)] * chance.randint(1, 40),
    }
    return f"{_part(header)}.{_part(claims)}.{_of(chance, _BASE62, 43)}"


def _pem(chance: Random) -> str:
    kind = chance.choice(("", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "))
    body = _of(chance, _BASE64, 64 * chance.randint(3, 50) + chance.randint(4, 60)) + "="
    width, line = chance.choice(((64, "\n"), (70, "\n"), (64, "\\n"), (64, "\r\n")))
    lines = [body[at : at + width] for at in range(0, len(body), width)]
    headers = ""
    if kind == "RSA " and chance.random() < 0.5:
        headers = f"Proc-Type: 4,ENCRYPTED{line}DEK-Info: AES-256-CBC,{_of(chance, _HEX, 32)}{line}"
    dashes = "-" * 5
    return line.join(
        (
            f"{dashes}BEGIN {kind}PRIVATE KEY{dashes}",
            headers + lines[0],
            *lines[1:],
            f"{dashes}END {kind}PRIVATE KEY{dashes}",
        )
    )


def _pgp(chance: Random) -> str:
    dashes = "-" * 5
    lines = [_of(chance, _BASE64, 64) for _ in range(chance.randint(20, 90))]
    return "\n".join(
        (
            f"{dashes}BEGIN PGP PRIVATE KEY BLOCK{dashes}",
            "Version: GnuPG v2",
            "Comment: made on a machine of mine",
            "",
            *lines,
            "=" + _of(chance, _BASE64, 4),
            f"{dashes}END PGP PRIVATE KEY BLOCK{dashes}",
        )
    )


def _password(chance: Random) -> str:
    body = [*_of(chance, _BASE62, 8), chance.choice(digits), chance.choice(ascii_letters), "!"]
    chance.shuffle(body)
    return "".join(body)


TOKENS: Final[Mapping[str, Maker]] = {
    "aws_access_key_id": _aws_id,
    "aws_bedrock_api_key": lambda chance: "ABSK" + _of(chance, _BASE64, 128),
    "google_api_key": lambda chance: PREFIX["google"] + _of(chance, _BASE62, 35),
    "google_oauth": lambda chance: (
        "ya29." + _of(chance, _BASE62, 80)
        if chance.random() < 0.5
        else "GOCSPX-" + _of(chance, _BASE62, 28)
    ),
    "azure_key_64": _azure_64,
    "azure_key_32": _azure_32,
    "azure_search_key": lambda chance: (
        _of(chance, _BASE62, 42) + "AzSe" + chance.choice("ABCD") + _of(chance, _BASE62, 5)
    ),
    "azure_common_key": _azure_common,
    "entra_client_secret": lambda chance: (
        _of(chance, _BASE62, 3) + chance.choice("78") + "Q~" + _of(chance, _URL64 + "~", 33) + "a"
    ),
    "github": lambda chance: f"gh{chance.choice('pousr')}_" + _of(chance, _BASE62, 36),
    "github_fine_grained": lambda chance: (
        "github_pat_" + _of(chance, _BASE62, 22) + "_" + _of(chance, _BASE62, 59)
    ),
    "gitlab": _gitlab,
    "slack": _slack,
    "slack_webhook": lambda chance: (
        "T"
        + _of(chance, _BASE62, 10).upper()
        + "/B"
        + _of(chance, _BASE62, 10).upper()
        + "/"
        + _of(chance, _BASE62, 24)
    ),
    "stripe": lambda chance: PREFIX["stripe"] + _of(chance, _BASE62, chance.choice((24, 99))),
    "openai": _openai,
    "anthropic": lambda chance: "sk-ant-api03-" + _of(chance, _URL64, 93) + "AA",
    "hugging_face": lambda chance: "hf_" + _of(chance, ascii_letters, 34),
    "perplexity": lambda chance: "pplx-" + _of(chance, _BASE62, 48),
    "databricks": lambda chance: "dapi" + _of(chance, _HEX, 32),
    "npm": lambda chance: "npm_" + _of(chance, _BASE62, 36),
    "pypi": lambda chance: "pypi-AgEI" + "cHlwaS5vcmc" + _of(chance, _URL64, 150) + "a",
    "sendgrid": lambda chance: "SG." + _of(chance, _URL64, 22) + "." + _of(chance, _BASE62, 43),
    "twilio": lambda chance: "S" + "K" + _of(chance, _HEX, 32),
    "detente": lambda chance: "dt-" + _of(chance, _URL64, 42) + "A",
    "json_web_token": _web_token,
    "private_key": lambda chance: _pem(chance) if chance.random() < 0.8 else _pgp(chance),
}
"""What says itself what it is, wherever it stands."""

NAMED: Final[Mapping[str, tuple[Maker, tuple[str, ...]]]] = {
    "aws_secret_access_key": (
        lambda chance: _of(chance, _BASE64, 39) + "7",
        ("{aws} {}", "id {aws}\nand its key is {}", '"{aws}", "{}"'),
    ),
    "azure_sas": (
        lambda chance: b64encode(chance.randbytes(32)).decode().replace("+", "%2B")[:-1] + "%3D",
        ("https://a.blob.core.windows.net/c?sv=2024-05-04&se=2027-01-01&sr=b&sp=r&sig={}",),
    ),
    "telegram": (
        lambda chance: "A" + _of(chance, _URL64, 33) + "7",
        ("bot {id}:{}", "https://api.telegram.org/bot{id}:{}/sendMessage"),
    ),
    "assignment: key": (
        lambda chance: _of(chance, chance.choice((_BASE62, _HEX, _URL64)), chance.randint(24, 64)),
        (
            'api_key = "{}"',
            "X-Api-Key: {}",
            '{{"client_secret": "{}"}}',
            "export MY_APP_TOKEN={}",
            '{{\\"apiKey\\": \\"{}\\"}}',
            "https://host.example/v1?api_key={}&q=1",
            "const secretKey = '{}';",
            "encryption_key: {}",
        ),
    ),
    "assignment: uuid": (
        lambda chance: "-".join(_of(chance, _HEX, count) for count in (8, 4, 4, 4, 12)),
        ("HEROKU_API_KEY={}", 'access_token: "{}"'),
    ),
    "assignment: password": (
        _password,
        (
            'password = "{}"',
            "DB_PASSWORD={}",
            "Password: {}",
            '"passwd": "{}"',
            "spring.datasource.password={}",
        ),
    ),
    "connection string": (
        lambda chance: _of(chance, ascii_lowercase, chance.randint(6, 12)),
        (
            "Server=tcp:db.example,1433;Database=shop;User Id=app;Password={};Encrypt=True;",
            "Host=10.0.0.4;Username=app;Pwd={};Database=shop",
        ),
    ),
    "account key": (
        lambda chance: b64encode(chance.randbytes(64)).decode(),
        ("DefaultEndpointsProtocol=https;AccountName=shop;AccountKey={};EndpointSuffix=x.net",),
    ),
    "bearer": (
        lambda chance: _of(chance, _URL64, 40) + "7a",
        ('curl -H "Authorization: Bearer {}" https://x.example', "authorization: bearer {}"),
    ),
    "basic": (
        lambda chance: b64encode(f"user:{_password(chance)}".encode()).decode(),
        ("Authorization: Basic {}",),
    ),
}
"""What its name or its surroundings say, and those."""

PLACES: Final = (
    "my token is {} please keep it",
    'export TOKEN_OF_MINE="{}"',
    '{{"value": "{}", "other": 1}}',
    "see {}.",
    "- {}\n- next",
    "`{}`",
    "<b>{}</b>",
    "({})",
)


def planted(kind: str, chance: Random) -> tuple[str, str]:
    """A text with a secret of `kind` in it, and the secret."""
    if kind in TOKENS:
        secret = TOKENS[kind](chance)
        place = chance.choice(PLACES)
        if kind == "slack_webhook":
            place = "https://hooks.slack.com/services/{}"
    else:
        make, places = NAMED[kind]
        secret, place = make(chance), chance.choice(places)
        place = place.replace("{aws}", _aws_id(chance))
        place = place.replace("{id}", _of(chance, "123456789", chance.randint(8, 10)))
    return place.replace("{}", secret).replace("{{", "{").replace("}}", "}"), secret


def _certificate(chance: Random) -> str:
    kind = chance.choice(
        ("CERTIFICATE", "PUBLIC KEY", "PGP PUBLIC KEY BLOCK", "CERTIFICATE REQUEST")
    )
    lines = "\n".join(_of(chance, _BASE64, 64) for _ in range(12))
    return f"-----BEGIN {kind}-----\n{lines}\n-----END {kind}-----"


def _minified(chance: Random) -> str:
    names = [_of(chance, ascii_letters, chance.randint(1, 3)) for _ in range(60)]
    return "".join(
        f"var {name}={chance.randint(0, 999)};function {name}{at}(t,e){{return t[{at}]||e}}"
        for at, name in enumerate(names)
    )


LOOK_ALIKES: Final[tuple[Maker, ...]] = (
    lambda chance: f"commit {_of(chance, _HEX, 40)}",
    lambda chance: f"sha256: {_of(chance, _HEX, 64)}  file.tar.gz",
    lambda chance: f"md5={_of(chance, _HEX, 32)}",
    lambda chance: f'"integrity": "sha512-{b64encode(chance.randbytes(64)).decode()}"',
    lambda chance: (
        f"request id {_of(chance, _HEX, 8)}-{_of(chance, _HEX, 4)}-4{_of(chance, _HEX, 3)}"
    ),
    lambda chance: f"data:image/png;base64,{b64encode(chance.randbytes(600)).decode()}",
    lambda chance: f"eyJ{_of(chance, _BASE62, 40)}.eyJ{_of(chance, _BASE62, 40)}",
    lambda chance: f"{_part({'page': chance.randint(1, 9), 'size': 50})}.txt",
    lambda chance: f'"next_page_token": "{_of(chance, _BASE62, 40)}"',
    lambda chance: f"csrf_token={_of(chance, _BASE62, 32)}",
    lambda chance: f"password_hash: $2b$12${_of(chance, _BASE62, 53)}",
    lambda chance: f"public_key = {_of(chance, _BASE62, 44)}",
    lambda chance: f"cache_key: {_of(chance, _HEX, 32)}",
    lambda chance: f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{_of(chance, _BASE64, 43)} me@host",
    lambda chance: f"order SK-{_of(chance, digits, 8)} of AK{_of(chance, digits, 6)}",
    lambda chance: f"v{chance.randint(1, 9)}.{chance.randint(0, 40)}.{chance.randint(0, 9)}-rc.1",
    lambda chance: f"at 2026-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}T12:00:00Z",
    lambda chance: f"<div class='sk-folding-cube sk-cube{chance.randint(1, 9)} hf_wrapper'></div>",
    lambda _: "the API key: required for all requests, a secret: never shared",
    lambda _: "password: must have at least 8 characters; Password: Required",
    lambda _: 'api_key = os.environ["OPENAI_API_KEY"]\npassword = getpass.getpass()',
    lambda _: "token = self.tokenizer.encode(text, max_tokens=4096)",
    lambda _: 'API_KEY="your-api-key-here-12345"\nexport TOKEN=<your token 123>',
    lambda _: "client_secret: ${CLIENT_SECRET_V2}\npassword: {{ vault_password_1 }}",
    lambda _: "aws_access_key_id = AKIAIOSFODNN7" + "EXAMPLE",
    lambda _: "sk-" + "x" * 48 + " and ghp_" + "x" * 36 + " and sk-...1234",
    lambda _: "-----BEGIN PRIVATE KEY-----\n(your key here)\n-----END PRIVATE KEY-----",
    lambda _: "A file begins with -----BEGIN RSA PRIVATE KEY----- as everybody knows.",
    lambda _: "type Login = { password: string; token: string; secret?: string }",
    lambda _: "?sv=1&sig=short and Authorization: Bearer <token>, Basic authentication2",
    lambda _: "secretName: db-credentials\ntokenizer: o200k_base\nkeyboard: us-intl",
    lambda _: "token: gpt-4o-2024-08-06, secret: none, pwd: /srv/user1/app2",
    lambda _: "the basic rules of bearer bonds, bearer certificates2024edition is a book",
    _certificate,
    _minified,
)
