"""Other gateways as contestants: same machine, upstream, load and core, in one run with nginx.

LiteLLM and Portkey are installed at pinned versions into `bench/work/peers/` the first time;
Envoy is measured where its program is installed. Settings are those that each one's own
documentation recommends for production. None of them keeps a ledger or decides by agreements
here, so they do less per request. Example: `python -m bench peers`.
"""

import json
import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from http.client import HTTPConnection

import msgspec

from bench import gateway, machine, nginx, process, report, throughput, workload
from bench.nginx import Address, Contestant
from bench.report import Section
from bench.throughput import Loading

LITELLM = "litellm[proxy]==1.106.2"
PORTKEY = "@portkey-ai/gateway@1.15.2"
INSTALL_TIMEOUT_S = 900
FOLDER = process.WORK / "peers"
WARM_UP_S = 10
FIRST_ANSWER_TIMEOUT_S = 120
MASTER_KEY = "sk-bench-master"

REMARKS = (
    "",
    "Each peer is set as its own documentation recommends for production, with one worker. They "
    "do less per request than the gateway: Portkey checks no key and records nothing; LiteLLM, "
    "without a database, knows only its master key and keeps no spend. Envoy is a plain reverse "
    "proxy, and measured only where its program is installed.",
)

Entrant = tuple[Contestant, Loading]


def measure(
    *, cores: machine.Cores, seconds: float, pairs: int, say: Callable[[str], None]
) -> Section:
    """nginx, the gateway, and every peer that can be had here."""
    loading = Loading(seconds=seconds, core=cores.load)
    with ExitStack() as stack:
        upstream = stack.enter_context(nginx.upstream(core=cores.load))
        proxy = stack.enter_context(nginx.proxy(upstream, core=cores.measured))
        ours = stack.enter_context(gateway.gateway(upstream, core=cores.measured))
        entrants: list[Entrant] = [(proxy, loading), (ours.contestant, loading)]
        if envoy := machine.find_program("envoy"):
            entrants.append((stack.enter_context(_envoy(envoy, upstream, cores.measured)), loading))
        else:
            say("  envoy is not installed and is left out")
        entrants.append(stack.enter_context(_portkey(upstream, loading, cores.measured)))
        entrants.extend(
            stack.enter_context(_litellm(upstream, loading, cores.measured, server))
            for server in ("uvicorn", "granian")
        )
        series = throughput.measure(entrants, pairs=pairs, say=say)
    ratios = [throughput.ratio(one, series[0]) for one in series[1:]]
    return report.throughput("peers, throughput per core", series, ratios)


@contextmanager
def _portkey(upstream: Address, loading: Loading, core: int) -> Generator[Entrant, None, None]:
    """Portkey's open-source gateway under Node, told its upstream by its own headers."""
    prefix = FOLDER / "portkey"
    script = prefix / "node_modules" / "@portkey-ai" / "gateway" / "build" / "start-server.js"
    if not script.exists():
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund"]
        process.run(
            [*command, "--prefix", str(prefix), PORTKEY], core=core, timeout_s=INSTALL_TIMEOUT_S
        )
    port = machine.free_port()
    command = ["node", str(script), f"--port={port}", "--headless"]
    extra = {"NODE_ENV": "production"}
    with process.started("portkey", command, core=core, extra=extra) as program:
        process.wait_for_port(program, port)
        headers = {
            "x-portkey-provider": "openai",
            "x-portkey-custom-host": f"{upstream.url}/v1",
        }
        contestant = Contestant(
            name=f"Portkey {PORTKEY.rpartition('@')[2]}", program=program, port=port
        )
        yield _ready(contestant, _with(loading, workload.KEYS, headers))


@contextmanager
def _litellm(
    upstream: Address, loading: Loading, core: int, server: str
) -> Generator[Entrant, None, None]:
    """LiteLLM's proxy with one worker; without a database its only key is the master key."""
    prefix = FOLDER / "litellm"
    program_path = prefix / "bin" / "litellm"
    if not program_path.exists():
        process.run([sys.executable, "-m", "venv", str(prefix)], core=core)
        pip = [str(prefix / "bin" / "python"), "-m", "pip", "install", "--quiet", LITELLM]
        process.run(pip, core=core, timeout_s=INSTALL_TIMEOUT_S)
    configuration = FOLDER / "litellm.yaml"
    configuration.write_text(litellm_configuration(upstream.url))
    port = machine.free_port()
    command = [str(program_path), "--config", str(configuration), "--host", "127.0.0.1"]
    command += ["--port", str(port), "--num_workers", "1"]
    command += ["--run_granian"] if server == "granian" else []
    extra = {"LITELLM_MODE": "PRODUCTION", "LITELLM_LOG": "ERROR", "PYTHONPATH": ""}
    with process.started(f"litellm-{server}", command, core=core, extra=extra) as program:
        process.wait_for_port(program, port)
        version = LITELLM.rpartition("=")[2]
        contestant = Contestant(name=f"LiteLLM {version}, {server}", program=program, port=port)
        yield _ready(contestant, _with(loading, (MASTER_KEY,), {}))


def litellm_configuration(upstream_url: str) -> str:
    """The same models with two deployments each (JSON, which is YAML)."""
    models = [
        {
            "model_name": model,
            "litellm_params": {
                "model": f"openai/upstream-{model}-{place}",
                "api_base": f"{upstream_url}/v1",
                "api_key": workload.UPSTREAM_KEY,
            },
        }
        for model in workload.MODELS
        for place in ("first", "second")
    ]
    return json.dumps(
        {
            "model_list": models,
            "general_settings": {"master_key": MASTER_KEY, "disable_error_logs": True},
            "litellm_settings": {"request_timeout": 600, "set_verbose": False, "json_logs": True},
        }
    )


@contextmanager
def _envoy(program_path: str, upstream: Address, core: int) -> Generator[Contestant, None, None]:
    """Envoy as a plain reverse proxy with one worker and no access log."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / "envoy.json"
    port = machine.free_port()
    path.write_text(envoy_configuration(port, upstream.port))
    command = [program_path, "-c", str(path), "--concurrency", "1", "--log-level", "error"]
    with process.started("envoy", command, core=core) as program:
        process.wait_for_port(program, port)
        yield Contestant(name="Envoy", program=program, port=port)


def envoy_configuration(port: int, upstream_port: int) -> str:
    """One listener, one route, one cluster."""

    def address(number: int) -> dict[str, object]:
        return {"socket_address": {"address": "127.0.0.1", "port_value": number}}

    extensions = "type.googleapis.com/envoy.extensions.filters"
    router = {
        "name": "envoy.filters.http.router",
        "typed_config": {"@type": f"{extensions}.http.router.v3.Router"},
    }
    route = {"match": {"prefix": "/"}, "route": {"cluster": "upstream", "timeout": "0s"}}
    hosts = [{"name": "all", "domains": ["*"], "routes": [route]}]
    connections = {
        "@type": f"{extensions}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "bench",
        "route_config": {"virtual_hosts": hosts},
        "http_filters": [router],
    }
    chain = {
        "filters": [
            {"name": "envoy.filters.network.http_connection_manager", "typed_config": connections}
        ]
    }
    endpoint = {"endpoint": {"address": address(upstream_port)}}
    cluster = {
        "name": "upstream",
        "type": "STATIC",
        "load_assignment": {
            "cluster_name": "upstream",
            "endpoints": [{"lb_endpoints": [endpoint]}],
        },
    }
    listener = {"name": "in", "address": address(port), "filter_chains": [chain]}
    return json.dumps({"static_resources": {"listeners": [listener], "clusters": [cluster]}})


def _ready(contestant: Contestant, loading: Loading) -> Entrant:
    """The entrant once it has answered one request: LiteLLM's first takes seconds."""
    connection = HTTPConnection("127.0.0.1", contestant.port, timeout=FIRST_ANSWER_TIMEOUT_S)
    headers = {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {loading.keys[0]}",
        **loading.extra_headers,
    }
    body = workload.request_body(loading.models[0])
    connection.request("POST", workload.PATH, body=body, headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != HTTPStatus.OK:
        raise process.BenchError(
            f"`{contestant.name}` answered {answer.status}; see `{contestant.program.log}`"
        )
    return contestant, loading


def _with(loading: Loading, keys: tuple[str, ...], headers: dict[str, str]) -> Loading:
    return msgspec.structs.replace(loading, warm_up_s=WARM_UP_S, keys=keys, extra_headers=headers)
