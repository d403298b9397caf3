"""Child processes: how they start, how they fail, how they end."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from infra.local import processes

FAMILY = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""
SERVER = """
import http.server, sys, time
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
time.sleep(0.2)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Page).serve_forever()
"""
ABANDONED = """
import subprocess, sys, time
print(subprocess.Popen([sys.executable, "-c", ""]).pid, flush=True)
time.sleep(60)
"""


def test_a_free_port_can_be_bound() -> None:
    port = processes.free_port()

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", port))


def test_the_preferred_port_is_taken_when_it_is_free() -> None:
    port = processes.free_port()

    assert processes.free_port(port) == port


def test_another_port_is_taken_when_the_preferred_one_is_used() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        assert processes.free_port(taken.getsockname()[1]) != taken.getsockname()[1]


def test_the_next_preferred_port_is_taken_when_the_first_is_used() -> None:
    second = processes.free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        assert processes.free_port(taken.getsockname()[1], second) == second


def test_a_child_that_answers_is_up(tmp_path: Path) -> None:
    port, log = processes.free_port(), tmp_path / "child.log"
    pid = processes.start([sys.executable, "-c", SERVER, str(port)], log, {})
    try:
        processes.wait_until_up(f"http://127.0.0.1:{port}/", pid, log)

        assert processes.is_running(pid)
    finally:
        processes.stop(pid)
    assert not processes.is_running(pid)
    assert not processes.answers(f"http://127.0.0.1:{port}/")


def test_a_child_that_refuses_is_up_where_a_refusal_is_its_answer(tmp_path: Path) -> None:
    port, log = processes.free_port(), tmp_path / "child.log"
    pid = processes.start([sys.executable, "-c", SERVER.replace("200", "400"), str(port)], log, {})
    try:
        processes.wait_until_up(f"http://127.0.0.1:{port}/", pid, log, status=400)

        assert not processes.answers(f"http://127.0.0.1:{port}/")
    finally:
        processes.stop(pid)


def test_a_child_that_dies_shows_the_end_of_its_log(tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    script = "for n in range(40): print('line', n)\nraise SystemExit('the reason')"
    pid = processes.start([sys.executable, "-c", script], log, {})

    with pytest.raises(processes.StartFailed) as failed:
        processes.wait_until_up("http://127.0.0.1:9/", pid, log)

    assert "the reason" in str(failed.value)
    assert "line 39" in str(failed.value)
    assert "line 1\n" not in str(failed.value)


def test_a_child_that_stays_silent_is_given_up(tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    pid = processes.start([sys.executable, "-c", "import time; print('busy', flush=True); time.sleep(60)"], log, {})
    try:
        with pytest.raises(processes.StartFailed, match="did not answer"):
            processes.wait_until_up("http://127.0.0.1:9/", pid, log, seconds=0.3)
    finally:
        processes.stop(pid)


def test_a_port_that_speaks_something_else_is_not_up() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        pid = os.fork()
        if pid == 0:
            connection, _ = server.accept()
            connection.recv(1000)
            connection.sendall(b"SSH-2.0-nothing\r\n\r\n")
            connection.close()
            os._exit(0)

        assert not processes.answers(f"http://127.0.0.1:{port}/")
        os.waitpid(pid, 0)


def test_stop_ends_the_whole_family(tmp_path: Path) -> None:
    log = tmp_path / "family.log"
    pid = processes.start([sys.executable, "-c", FAMILY], log, {})
    grandchild = _number_in(log)

    processes.stop(pid)

    assert not processes.is_running(pid)
    assert _gone(grandchild)


def test_a_child_that_ignores_the_request_is_ended(tmp_path: Path) -> None:
    log = tmp_path / "stubborn.log"
    script = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    pid = processes.start([sys.executable, "-c", script], log, {})
    _number_in(log)

    processes.stop(pid, seconds=0.2)

    assert _gone(pid)


def test_a_child_that_ended_but_was_not_reaped_does_not_run() -> None:
    """Where process 1 reaps nobody, as in many containers, an ended child keeps its id."""
    parent = subprocess.Popen([sys.executable, "-c", ABANDONED], stdout=subprocess.PIPE, text=True)
    try:
        assert parent.stdout is not None
        ended = int(parent.stdout.readline())

        assert _gone(ended)
        assert Path(f"/proc/{ended}").exists()
    finally:
        parent.kill()
        parent.communicate()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may signal every process")
def test_somebody_elses_process_runs() -> None:
    assert processes.is_running(1)


def test_stopping_what_is_gone_is_no_error(tmp_path: Path) -> None:
    pid = processes.start([sys.executable, "-c", ""], tmp_path / "child.log", {})
    assert _gone(pid)

    processes.stop(pid)


def test_a_log_that_is_not_there_has_an_empty_tail(tmp_path: Path) -> None:
    assert processes.tail(tmp_path / "none.log") == "(empty)"


def _number_in(log: Path) -> int:
    deadline = time.monotonic() + 60
    while not log.read_text().strip():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return int(log.read_text())


def _gone(pid: int) -> bool:
    deadline = time.monotonic() + 60
    while processes.is_running(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
