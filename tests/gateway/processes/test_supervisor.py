"""The processes: started, watched, reloaded, stopped in order. Real ones, on loopback."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

import pytest
from tests.gateway_process import GatewayProcess, eventually, running_gateway
from tests.ledger_entries import entries_when

from detente.gateway.link.channel import HeadroomAsked, Ready, Reload, Stop, frame
from detente.gateway.processes.supervisor import Child
from detente.wiring import Sources

WAIT_S = 20.0
CONFIGURATION = """
[server]
listen = "127.0.0.1:0"
admin_listen = "127.0.0.1:0"
workers = 2
"""


@pytest.fixture
def gateway(tmp_path: Path) -> Generator[GatewayProcess]:
    with running_gateway(tmp_path, CONFIGURATION) as found:
        yield found


def models(gateway: GatewayProcess) -> list[str]:
    """A fresh connection's answer to `GET /v1/models`, empty where there is none."""
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=WAIT_S)
    try:
        connection.request("GET", "/v1/models")
        answer = connection.getresponse()
        return [str(answer.status), answer.read().decode()]
    finally:
        connection.close()


def with_model(name: str) -> str:
    return (
        CONFIGURATION
        + '[providers.p]\nkind = "openai_compatible"\nbase_url = "http://127.0.0.1:9/v1"\n'
        + f'host = "h"\n[models."{name}"]\ndeployments = [{{ provider = "p", id = "x" }}]\n'
    )


def refused(folder: Path, configuration: str) -> str:
    """The one sentence with which a gateway does not start."""
    file = folder / "other.toml"
    file.write_text(configuration)
    done = subprocess.run(
        [sys.executable, "-m", "detente", "serve", str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_a_good_reload_is_in_force_and_a_bad_one_changes_nothing(gateway: GatewayProcess) -> None:
    before = gateway.processes()
    gateway.reload(with_model("a/first"))
    eventually(lambda: "a/first" in models(gateway)[1], "the model is listed")
    gateway.reload("[server]\nlissten = 1\n")
    eventually(lambda: "not reloaded" in gateway.errors(), "the error is told")
    assert "did you mean `listen`?" in gateway.errors()
    assert "a/first" in models(gateway)[1]
    assert gateway.processes() == before


def test_what_only_a_restart_can_change_is_told(gateway: GatewayProcess) -> None:
    gateway.reload(with_model("a/first").replace("workers = 2", "workers = 3"))
    eventually(lambda: "restart it" in gateway.errors(), "the error is told")
    assert "`server.workers` cannot change while the gateway runs" in gateway.errors()
    gateway.reload(with_model("a/first").replace('"127.0.0.1:0"', '"127.0.0.1:1"', 1))
    eventually(lambda: "`server.listen`" in gateway.errors(), "the error is told")
    assert "a/first" not in models(gateway)[1]


def test_the_last_of_many_quick_reloads_counts(gateway: GatewayProcess) -> None:
    for number in range(8):
        gateway.reload(with_model(f"a/n{number}"))
    eventually(lambda: "a/n7" in models(gateway)[1], "the last is in force")


def test_a_worker_that_dies_is_started_again(gateway: GatewayProcess) -> None:
    first = gateway.workers()
    os.kill(first[0], signal.SIGKILL)

    def replaced() -> bool:
        now = gateway.workers()
        return len(now) == 2 and first[0] not in now

    eventually(replaced, "another worker runs")
    assert "ended with -9; starting it again" in gateway.errors()
    for _ in range(8):
        assert models(gateway)[0] == "200"


def test_the_control_process_dies_and_nothing_is_lost(gateway: GatewayProcess) -> None:
    for _ in range(5):
        models(gateway)
    first = gateway.control()
    os.kill(first, signal.SIGKILL)
    for _ in range(5):
        assert models(gateway)[0] == "200"
    eventually(lambda: gateway.control() != first, "another control process runs")
    assert len(entries_when(gateway.state, 10)) == 10


def test_a_worker_that_stands_still_is_left_out_of_the_headroom(gateway: GatewayProcess) -> None:
    def silent() -> list[str]:
        address = gateway.admin_url.partition("//")[2]
        connection = http.client.HTTPConnection(address, timeout=WAIT_S)
        try:
            connection.request("GET", "/admin/v1/headroom")
            return json.loads(connection.getresponse().read())["silent"]
        finally:
            connection.close()

    assert silent() == []
    still = gateway.workers()[0]
    os.kill(still, signal.SIGSTOP)
    try:
        assert silent() in (["w0"], ["w1"])
    finally:
        os.kill(still, signal.SIGCONT)
    assert silent() == []


def test_a_state_folder_has_one_gateway(gateway: GatewayProcess) -> None:
    said = refused(gateway.folder, CONFIGURATION)
    assert f"another gateway already uses the state folder `{gateway.state}`" in said
    assert models(gateway)[0] == "200"


@pytest.mark.parametrize("name", ["listen", "admin_listen"])
def test_a_port_has_one_gateway(gateway: GatewayProcess, name: str) -> None:
    taken = (gateway.base_url if name == "listen" else gateway.admin_url).partition("//")[2]
    free = "127.0.0.1:0"
    other = "admin_listen" if name == "listen" else "listen"
    said = refused(
        gateway.folder,
        f'[server]\n{name} = "{taken}"\n{other} = "{free}"\nstate = "another"\n',
    )
    assert f"`{taken}`: address already in use; choose another `server.{name}`" in said


def test_a_state_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    said = refused(tmp_path, CONFIGURATION)
    assert "`server.state`: file exists; choose a folder that can be written" in said


def test_sigterm_ends_it_in_order(gateway: GatewayProcess) -> None:
    models(gateway)
    began = time.monotonic()
    assert gateway.stop() == 0
    assert time.monotonic() - began < WAIT_S
    assert not gateway.accepts()
    assert [entry.outcome for entry in entries_when(gateway.state, 1)] == ["answered"]
    assert list((gateway.state / "journal").iterdir()) == []


def test_workers_end_when_the_supervisor_is_gone(gateway: GatewayProcess) -> None:
    processes = gateway.processes()
    os.kill(processes[0], signal.SIGKILL)
    eventually(lambda: not any(_lives(pid) for pid in processes[1:]), "the others end")
    assert not gateway.accepts()


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.fixture
def talking() -> tuple[Child, socket.socket]:
    """A child and its own end of the channel."""
    child = Child("w0", lambda _: None)
    child.end, theirs = socket.socketpair()
    return child, theirs


def test_a_child_is_heard_until_it_is_gone(talking: tuple[Child, socket.socket]) -> None:
    child, theirs = talking
    theirs.sendall(frame(Ready(pid=1)))
    assert child.receive() == [Ready(pid=1)]
    theirs.close()
    assert child.receive() is None
    child.send(Stop())


def test_a_child_that_does_not_listen_is_not_waited_for(
    talking: tuple[Child, socket.socket],
) -> None:
    child, theirs = talking
    for number in range(100_000):
        child.offer(HeadroomAsked(number=number))
    theirs.setblocking(False)
    read = child.frames.feed(theirs.recv(1 << 20))
    assert read[:2] == [HeadroomAsked(number=0), HeadroomAsked(number=1)]
    assert len(read) < 100_000
    assert child.frames.feed(b"") == []
    theirs.close()
    child.offer(HeadroomAsked(number=0))


def test_a_child_that_dies_with_unread_words_is_only_gone(
    talking: tuple[Child, socket.socket],
) -> None:
    """A reset connection is how the kernel says that the other side closed with data unread."""
    child, theirs = talking
    child.send(Reload(sources=Sources(path="a", main=b"x" * 1000, agreements=())))
    theirs.close()
    assert child.receive() is None
