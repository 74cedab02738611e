"""The demo's child processes: the web server and the worker. They end with the block that started them."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import requests
from django.conf import settings

from sandbox.demo import plan, push_keys
from sandbox.server.process import end_with_parent

STOP_SECONDS = 10
START_SECONDS = 60
POLL_SECONDS = 0.2


class NotStarted(Exception):  # noqa: N818  it names what happened
    """A child process ended or did not answer; the message names its log."""


def require_free(*ports: int) -> None:
    """Raises NotStarted where somebody listens on a port already."""
    for port in ports:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                raise NotStarted(f"Port {port} is taken. Is the demo running already? --port takes another.")


@contextmanager
def web(port: int) -> Iterator[str]:
    """The web server on 127.0.0.1, as its address. Raises NotStarted."""
    address = f"http://127.0.0.1:{port}"
    binding = ["--config", "python:config.gunicorn", "--bind", f"127.0.0.1:{port}", "--threads", "4"]
    command = ["-m", "gunicorn", *binding, "--no-control-socket", "--log-level", "warning", "config.wsgi"]
    with _child("web", command, {"SITE_URL": address}) as (process, log):
        _await_answer(address, process, log)
        yield address


@contextmanager
def worker(port: int) -> Iterator[None]:
    """The worker that takes in what webhooks bring."""
    command = ["manage.py", "work"]
    with _child("worker", command, {"SITE_URL": f"http://127.0.0.1:{port}"}):
        yield


@contextmanager
def _child(
    name: str, command: list[str], variables: Mapping[str, str]
) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    folder = plan.folder() / "log"
    folder.mkdir(exist_ok=True)
    log = folder / f"{name}.log"
    environment = {**push_keys.variables(), **os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", **variables}
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=settings.BASE_DIR,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            preexec_fn=end_with_parent,
            start_new_session=True,  # Ctrl-C reaches the demo, which stops its children in order
        )
        try:
            yield process, log
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _await_answer(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Any answer will do. A slow machine may take the connection long before it answers."""
    deadline = time.monotonic() + START_SECONDS
    while (left := deadline - time.monotonic()) > 0:
        if process.poll() is not None:
            raise NotStarted(f"The web server ended at once; {log} says why.")
        try:
            requests.get(f"{address}/health/live", timeout=left)
        except requests.RequestException:
            time.sleep(POLL_SECONDS)
        else:
            return
    raise NotStarted(f"The web server does not answer; {log} may say why.")
