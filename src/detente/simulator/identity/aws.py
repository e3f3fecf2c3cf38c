"""AWS's token service, the sign-in's, containers' credentials, and the instance's metadata (v2).

AssumeRole is signed and its signature verified; keys that it issues hold for `issued_tokens`
simulators. Answers are those of https://docs.aws.amazon.com/STS/latest/APIReference/ and of
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html
(read 2026-11-22).

>>> from detente.simulator.exchange import Received
>>> answer(Received(method="GET", target="/elsewhere", headers=(), body=b""), desk=None) is None
True
"""

from typing import Final
from xml.sax.saxutils import escape

from detente.providers import Credentials, SignatureFault, read_claim, verify
from detente.simulator.exchange import Received, Reply, error_reply, json_reply
from detente.simulator.identity import tokens
from detente.simulator.identity.desk import Desk, form_of

SERVICE: Final = b"sts"
CONTAINER: Final = "/v2/credentials/simulated"
ROLES: Final = "/latest/meta-data/iam/security-credentials/"
SESSION_PATH: Final = "/latest/api/token"
SIGN_IN: Final = "/federation/credentials"
XMLNS: Final = "https://sts.amazonaws.com/doc/2011-06-15/"
METADATA_AUDIENCE: Final = "instance-metadata"


def answer(request: Received, desk: Desk) -> Reply | None:
    """What AWS says; None for what is not AWS's."""
    path = request.path
    if (request.method, path) == ("POST", "/"):
        return _token_service(request, form_of(request), desk)
    if path == CONTAINER:
        return _container(request, desk)
    if path == SIGN_IN:
        return _sign_in(request, desk)
    if (request.method, path) == ("PUT", SESSION_PATH):
        return _metadata_token(request, desk)
    if path.startswith("/latest/meta-data/"):
        return _metadata(request, desk)
    return None


def _token_service(request: Received, form: dict[str, str], desk: Desk) -> Reply:
    action = form.get("Action", "")
    if action == "AssumeRole":
        fault = _signature_fault(request, desk)
    elif action == "AssumeRoleWithWebIdentity":
        held = form.get("WebIdentityToken") == desk.identities.aws_web_identity
        said = "Couldn't retrieve verification key from your identity provider"
        fault = None if held else (400, "InvalidIdentityToken", said)
    else:
        fault = (400, "InvalidAction", f"Could not find operation {action}")
    role = form.get("RoleArn", "")
    if fault is None and (desk.denied or role not in desk.identities.aws_roles):
        fault = (403, "AccessDenied", f"Not authorized to perform: sts:{action}")
    if fault is not None:
        return _refused(*fault)
    asked = form.get("DurationSeconds", "")
    seconds = min(int(asked), desk.lifetime_s) if asked.isdecimal() else desk.lifetime_s
    return _assumed(action, role, _issued(role, desk, seconds), desk, seconds)


def _signature_fault(request: Received, desk: Desk) -> tuple[int, str, str] | None:
    """Why an AssumeRole is not let in; keys may be long-lived ones, or temporary themselves."""
    session_token = request.header("x-amz-security-token")

    def secret(access_key_id: str) -> str | None:
        if session_token is None:
            return desk.identities.aws_keys.get(access_key_id)
        return tokens.secret_of(access_key_id, session_token)

    headers = {name.encode("latin-1"): value.encode("latin-1") for name, value in request.headers}
    try:
        if read_claim(headers).service != SERVICE:
            return 403, "SignatureDoesNotMatch", "Credential should be scoped to service: 'sts'."
        verify(
            request.method.encode(),
            request.target.encode("latin-1"),
            headers,
            request.body,
            secret_of=secret,
            now=desk.now,
        )
    except SignatureFault as fault:
        return {
            "missing": (403, "MissingAuthenticationToken", "Request is missing a token"),
            "unknown_key": (403, "InvalidClientTokenId", "The security token is invalid."),
            "expired": (403, "SignatureDoesNotMatch", "Signature expired"),
        }.get(fault.reason, (403, "SignatureDoesNotMatch", "The signature does not match."))
    held = tokens.problem_of(session_token, (tokens.AWS_AUDIENCE,), desk.now)
    if session_token is not None and held is not None:
        return 403, "ExpiredToken", "The security token included in the request is expired"
    return None


def _assumed(action: str, role: str, keys: Credentials, desk: Desk, seconds: int) -> Reply:
    ends = f"{tokens.later(desk.now, seconds):%Y-%m-%dT%H:%M:%SZ}"
    body = (
        f'<{action}Response xmlns="{XMLNS}"><{action}Result><Credentials>'
        f"<AccessKeyId>{keys.access_key_id}</AccessKeyId>"
        f"<SecretAccessKey>{escape(keys.secret_access_key)}</SecretAccessKey>"
        f"<SessionToken>{escape(keys.session_token or '')}</SessionToken>"
        f"<Expiration>{ends}</Expiration></Credentials>"
        f"<AssumedRoleUser><AssumedRoleId>AROA:detente</AssumedRoleId>"
        f"<Arn>{escape(role)}/detente</Arn></AssumedRoleUser>"
        f"</{action}Result></{action}Response>"
    )
    return Reply(headers=(("content-type", "text/xml"),), body=body.encode())


def _refused(status: int, code: str, said: str) -> Reply:
    body = (
        f'<ErrorResponse xmlns="{XMLNS}"><Error><Type>Sender</Type><Code>{code}</Code>'
        f"<Message>{escape(said)}</Message></Error></ErrorResponse>"
    )
    return Reply(status=status, headers=(("content-type", "text/xml"),), body=body.encode())


def _container(request: Received, desk: Desk) -> Reply:
    """What the agents of ECS and EKS answer."""
    if desk.denied or request.header("authorization") != desk.identities.aws_container:
        return error_reply(401, {"code": "AccessDenied", "message": "not authorized"})
    return json_reply(_described("task", desk))


def _sign_in(request: Received, desk: Desk) -> Reply:
    """GetRoleCredentials of IAM Identity Center."""
    token = request.header("x-amz-sso_bearer_token")
    if desk.denied or token != desk.identities.aws_sign_in:
        said = "Session token not found or invalid"
        return Reply(
            status=401,
            headers=(("x-amzn-errortype", "UnauthorizedException"),),
            body=f'{{"message":"{said}"}}'.encode(),
        )
    keys = _issued("person", desk, desk.lifetime_s)
    ends = tokens.later(desk.now, desk.lifetime_s)
    return json_reply(
        {
            "roleCredentials": {
                "accessKeyId": keys.access_key_id,
                "secretAccessKey": keys.secret_access_key,
                "sessionToken": keys.session_token,
                "expiration": int(ends.timestamp()) * 1000,
            }
        }
    )


def _metadata_token(request: Received, desk: Desk) -> Reply:
    """The session of the second version, without which nothing is answered."""
    seconds = request.header("x-aws-ec2-metadata-token-ttl-seconds") or ""
    if not seconds.isdecimal():
        return Reply(status=400, body=b"Bad Request")
    token = tokens.issue(
        subject="instance",
        audience=METADATA_AUDIENCE,
        issued_at=desk.now,
        expires_at=tokens.later(desk.now, int(seconds)),
    )
    headers = (("x-aws-ec2-metadata-token-ttl-seconds", seconds),)
    return Reply(headers=headers, body=token.encode())


def _metadata(request: Received, desk: Desk) -> Reply:
    token = request.header("x-aws-ec2-metadata-token")
    if tokens.problem_of(token, (METADATA_AUDIENCE,), desk.now) is not None:
        return Reply(status=401, body=b"Unauthorized")
    role = desk.identities.aws_instance_role
    if desk.denied or not request.path.startswith(ROLES):
        return Reply(status=404, body=b"Not Found")
    if request.path == ROLES:
        return Reply(headers=(("content-type", "text/plain"),), body=role.encode())
    if request.path != ROLES + role:
        return Reply(status=404, body=b"Not Found")
    return json_reply({"Code": "Success", "Type": "AWS-HMAC", **_described(role, desk)})


def _described(subject: str, desk: Desk) -> dict[str, object]:
    keys = _issued(subject, desk, desk.lifetime_s)
    return {
        "AccessKeyId": keys.access_key_id,
        "SecretAccessKey": keys.secret_access_key,
        "Token": keys.session_token,
        "Expiration": f"{tokens.later(desk.now, desk.lifetime_s):%Y-%m-%dT%H:%M:%SZ}",
    }


def _issued(subject: str, desk: Desk, seconds: int) -> Credentials:
    return tokens.issue_keys(
        subject=subject, issued_at=desk.now, expires_at=tokens.later(desk.now, seconds)
    )
