"""nginx in its two parts: the fixed upstream, and the plain reverse proxy that is the yardstick.

Writes their configurations and starts them; loads nothing. One worker each, no access log,
connections kept on both sides. Example: `with upstream(core=0) as up: ...`.
"""

import getpass
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from bench import certificates, machine, process, workload

KEPT_CONNECTIONS = 512
REQUESTS_PER_CONNECTION = 1_000_000_000
"""nginx closes a connection after 1,000 requests by default; no contestant should pay for it."""


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where something listens on loopback; `ca_file` is set when it speaks TLS."""

    port: int
    ca_file: Path | None = None

    @property
    def url(self) -> str:
        """The base address, without a path."""
        return f"http{'s' if self.ca_file else ''}://127.0.0.1:{self.port}"


class Contestant(msgspec.Struct, frozen=True, kw_only=True):
    """Something that stands between load and upstream, and is measured."""

    name: str
    program: process.Program
    port: int


@contextmanager
def upstream(
    *, core: int, tls: bool = False, port: int | None = None
) -> Generator[Address, None, None]:
    """nginx that answers every request with the same completion."""
    ca = certificates.make(process.WORK) if tls else None
    address = Address(port=port or machine.free_port(), ca_file=ca and ca.authority)
    listen = f"127.0.0.1:{address.port}"
    secure = (
        f"listen {listen} ssl backlog=4096; ssl_certificate {ca.chain}; "
        f"ssl_certificate_key {ca.private_key};"
        if ca
        else f"listen {listen} backlog=4096;"
    )
    server = f"""
    server {{
        {secure}
        location / {{
            default_type application/json;
            return 200 '{workload.answer_body().decode()}';
        }}
    }}"""
    with _started(f"nginx-upstream{'-tls' if tls else ''}", server, core=core) as program:
        process.wait_for_port(program, address.port)
        yield address


@contextmanager
def proxy(to: Address, *, core: int, buffering: bool = True) -> Generator[Contestant, None, None]:
    """nginx as a plain reverse proxy; without `buffering` it passes each piece on at once."""
    port = machine.free_port()
    verify = (
        f"proxy_ssl_verify on; proxy_ssl_trusted_certificate {to.ca_file}; "
        "proxy_ssl_name localhost; proxy_ssl_server_name on; proxy_ssl_session_reuse on; "
        "proxy_ssl_protocols TLSv1.2 TLSv1.3;"
        if to.ca_file
        else ""
    )
    server = f"""
    upstream target {{
        server 127.0.0.1:{to.port};
        keepalive {KEPT_CONNECTIONS};
        keepalive_requests {REQUESTS_PER_CONNECTION};
    }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{
            proxy_pass http{"s" if to.ca_file else ""}://target;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering {"on" if buffering else "off"};
            proxy_read_timeout 300s;
            {verify}
        }}
    }}"""
    with _started("nginx-proxy", server, core=core) as program:
        process.wait_for_port(program, port)
        yield Contestant(name="nginx", program=program, port=port)


@contextmanager
def _started(name: str, server: str, *, core: int) -> Generator[process.Program, None, None]:
    folder = process.WORK / name
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "nginx.conf"
    path.write_text(_configuration(server, folder))
    program = machine.find_program("nginx")
    if program is None:
        raise process.BenchError("`nginx` is not installed; install the package `nginx-light`")
    command = [program, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(path)]
    with process.started(name, command, core=core) as running:
        yield running


def _configuration(server: str, folder: Path) -> str:
    temporary = "\n".join(
        f"    {kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"""\
user {getpass.getuser()};
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log crit;
worker_rlimit_nofile {machine.FILES_WANTED};
events {{ worker_connections 30000; }}
http {{
    access_log off;
    keepalive_timeout 300s;
    keepalive_requests {REQUESTS_PER_CONNECTION};
    client_body_buffer_size 16k;
{temporary}
{server}
}}
"""
