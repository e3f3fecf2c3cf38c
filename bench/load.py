"""Load from wrk: every key with every model in turn, every answer's status counted.

h2load cannot vary body and key from request to request, so the load is wrk's with a script.
Example: `wrk(port, seconds=5, core=0).requests`.
"""

import json
from collections.abc import Mapping, Sequence

import msgspec

from bench import process, workload

STRIDE = 389
"""Requests are taken this far apart in the product of keys and models (1,000 is prime to it),
so that neighbours differ in both."""
TIMEOUT_S = 30


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What one run of wrk saw."""

    requests: int
    seconds: float
    bytes: int
    failed: int
    latency_p50_us: float
    latency_p99_us: float

    @property
    def requests_per_s(self) -> float:
        """Answers a second, by the wall clock."""
        return self.requests / self.seconds


def script(
    bodies: Sequence[bytes], keys: Sequence[str], extra_headers: Mapping[str, str] | None = None
) -> str:
    """The Lua program that walks through all pairs of `keys` and `bodies`."""
    headers = {"Content-Type": "application/json", **(extra_headers or {})}
    fixed = "".join(f"[{json.dumps(k)}]={json.dumps(v)}," for k, v in headers.items())
    return f"""\
local bodies = {{ {",".join(f"[==[{body.decode()}]==]" for body in bodies)} }}
local keys = {{ {",".join(json.dumps(key) for key in keys)} }}
local all = {{}}
function init(args)
  for _, key in ipairs(keys) do
    for _, body in ipairs(bodies) do
      local headers = {{ {fixed} ["Authorization"] = "Bearer " .. key }}
      all[#all + 1] = wrk.format("POST", "{workload.PATH}", headers, body)
    end
  end
end
local at = 0
function request()
  at = (at + {STRIDE}) % #all
  return all[at + 1]
end
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\\nRESULT {{"requests":%d,"seconds":%.6f,"bytes":%d,"failed":%d,' ..
    '"latency_p50_us":%.1f,"latency_p99_us":%.1f}}\\n',
    summary.requests, summary.duration / 1e6, summary.bytes,
    e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"""


def wrk(
    port: int,
    *,
    seconds: float,
    core: int,
    stream: bool = False,
    keys: Sequence[str] = workload.KEYS,
    models: Sequence[str] = workload.MODELS,
    extra_headers: Mapping[str, str] | None = None,
    connections: int = workload.CONNECTIONS,
) -> Load:
    """Ask as fast as `connections` allow for some seconds; an error if any answer failed."""
    path = process.WORK / "load.lua"
    bodies = [workload.request_body(model, stream=stream) for model in models]
    path.write_text(script(bodies, keys, extra_headers))
    command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s"]
    command += ["--timeout", f"{TIMEOUT_S}s", "-s", str(path), f"http://127.0.0.1:{port}"]
    printed = process.run(command, core=core, timeout_s=seconds + 2 * TIMEOUT_S)
    return read_result(printed)


def read_result(printed: str) -> Load:
    """The figures in what wrk printed; an error when answers failed or there are none."""
    _, found, result = printed.rpartition("RESULT ")
    if not found:
        raise process.BenchError("wrk printed no result; run it by hand to see why")
    load = msgspec.json.decode(result.strip().encode(), type=Load)
    if load.failed or not load.requests:
        raise process.BenchError(
            f"{load.requests} answers and {load.failed} failures; see the logs in `{process.WORK}`"
        )
    return load
