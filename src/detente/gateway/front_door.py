"""What a request line and a body's head say, before anybody is asked anything.

Knows no caller, no plan and no provider. An error that comes this early still has to be told in the
terms of whoever asks; `asking_spec` guesses them from the path and the key.

>>> front_door(request).dialect
'anthropic_messages'
"""

import msgspec

from detente.canonical.failure import ClientFault
from detente.canonical.model import Dialect
from detente.dialects import RequestHead, Route, Spec, match_route, methods_of, spec_of
from detente.dialects.envelope import wrapping_of
from detente.gateway.http.message import Request
from detente.gateway.model_list import is_anthropic, is_cohere, is_google


def front_door(request: Request) -> Route:
    """Which operation of which dialect is asked for; raises `ClientFault`."""
    route = match_route(request.method, request.target)
    if route is not None:
        return route
    methods = methods_of(request.target)
    if methods:
        said = f"this path takes {' and '.join(methods)}; change the method"
        raise ClientFault("method_not_allowed", said)
    raise ClientFault(
        "path_unknown", "nothing is served at this path; see `docs/reference/dialects.md`"
    )


def read_head(spec: Spec, route: Route, request: Request) -> RequestHead:
    """The head of the body, with what the path says instead; raises `ClientFault`."""
    head = spec.read_request(request.body)
    if route.stream is None or route.stream is head.stream:
        return head
    return msgspec.structs.replace(head, stream=route.stream)


def asking_spec(route: Route | None, request: Request) -> Spec:
    """In whose terms to answer a request that was not understood: its path's, else its key's."""
    if route is None or route.dialect is None:
        return spec_of(_dialect_of(request))
    spec = spec_of(route.dialect)
    return spec if route.envelope is None else wrapping_of(route.envelope).client_spec(spec)


def _dialect_of(request: Request) -> Dialect:
    target = request.target
    if target.startswith(b"/model/"):
        return "bedrock_converse"
    if target.startswith(b"/v1beta") or is_google(None, request):
        return "gemini_generate"
    if target.startswith(b"/api/"):
        return "ollama_chat"
    if target.startswith(b"/v2/") or is_cohere(request):
        return "cohere_chat"
    anthropic = b"/messages" in target or is_anthropic(request)
    return "anthropic_messages" if anthropic else "openai_chat"
