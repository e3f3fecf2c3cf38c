"""Whether the admin API is safe where it is to listen, and its administrators are whole.

A pure function of the configuration; who asks at run time is `gateway.admin.access`.

>>> [path for path, _ in administration_problems(Configuration())]
[]
"""

from collections.abc import Iterator

from detente.configuration.addresses import is_loopback, split_listen
from detente.configuration.credentials import Problem
from detente.configuration.schema import Configuration, Server


def is_administered(configuration: Configuration) -> bool:
    """Whether somebody has a role, so that the admin API asks who calls it."""
    return bool(configuration.administrators) or any(
        issuer.role_claim is not None and issuer.roles for issuer in configuration.identity.values()
    )


def admin_speaks_tls(server: Server) -> bool:
    """Whether the admin API has the server's own TLS: off loopback, where there is any.

    On loopback nobody listens in, and the certificate is made out for another name.
    """
    return server.tls is not None and not is_loopback(split_listen(server.admin_listen)[0])


def administration_problems(configuration: Configuration) -> Iterator[Problem]:
    """What is wrong with who may administer, and from where."""
    yield from _listening(configuration)
    yield from _administrators(configuration)


def _listening(configuration: Configuration) -> Iterator[Problem]:
    server = configuration.server
    try:
        host, _ = split_listen(server.admin_listen)
    except ValueError:
        return  # told where addresses are read
    administered = is_administered(configuration)
    if not is_loopback(host):
        said = f"`{server.admin_listen}` is not a loopback address"
        if not administered:
            yield (
                ("server", "admin_listen"),
                f"{said}, and nobody is named who may administer; add `[administrators.NAME]`, "
                "or listen on `127.0.0.1` and reach it through a tunnel",
            )
        elif server.tls is None and not server.admin_hosts:
            yield (
                ("server", "admin_listen"),
                f"{said}, and administrators' keys would travel in the clear; give `server.tls`, "
                "or name in `server.admin_hosts` the proxy that has it",
            )
    elif server.admin_hosts and not administered:
        yield (
            ("server", "admin_hosts"),
            "whoever reaches the admin API by these names would be its owner; "
            "add `[administrators.NAME]`, or leave `admin_hosts` out",
        )


def _administrators(configuration: Configuration) -> Iterator[Problem]:
    callers = {key.hash: name for name, key in configuration.keys.items()}
    seen: dict[str, str] = {}
    for name, entry in configuration.administrators.items():
        at = ("administrators", name)
        if entry.role == "member" and entry.project is None:
            yield at, f"`{name}` is a member of nothing; give the `project`"
        if entry.role != "member" and entry.project is not None:
            said = f"the role `{entry.role}` is about all projects; leave `project` out"
            yield (*at, "project"), said
        if (key := callers.get(entry.hash)) is not None:
            said = f"`{name}` and the virtual key `{key}` have one hash, so an application could "
            yield (*at, "hash"), f"{said}administer; make another with `detente keys hash --new`"
        if (other := seen.setdefault(entry.hash, name)) != name:
            said = f"`{other}` and `{name}` have one hash, so nobody could tell them apart; "
            yield (*at, "hash"), f"{said}make another with `detente keys hash --new`"
