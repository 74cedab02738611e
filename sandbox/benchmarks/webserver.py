"""The real web server on the benchmark's scratch database: gunicorn with several workers."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import requests
from django.conf import settings
from django.db import connection

WORKERS, THREADS = 4, 8
START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Server:
    url: str
    pid: int

    def workers(self) -> list[int]:
        """The process ids of the workers."""
        return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]

    def warm_up(self, token: str) -> None:
        """Let every thread of every worker open its connection: a server that has been up for a while has them."""

        def ask(_number: int) -> None:
            requests.get(f"{self.url}/api/v1/offers", headers={"X-Session-Token": token}, timeout=START_SECONDS)

        with ThreadPoolExecutor(2 * WORKERS * THREADS) as pool:  # one after the other, one thread would do for all
            list(pool.map(ask, range(8 * WORKERS * THREADS)))


@contextmanager
def start(workers: int = WORKERS, **variables: str) -> Iterator[Server]:
    """A server of its own for the time of the block, with further variables in its environment."""
    port = _free_port()
    binding = ["--bind", f"127.0.0.1:{port}", "--workers", str(workers), "--threads", str(THREADS)]
    quiet = ["--config", "python:config.gunicorn", "--no-control-socket", "--log-level", "critical"]
    url = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "DATABASE_URL": database_url(), "SITE_URL": url, "LOG_LEVEL": "CRITICAL", **variables}
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", *binding, *quiet, "config.wsgi"],
        cwd=settings.BASE_DIR,
        env={**environment, "DJANGO_SETTINGS_MODULE": "config.settings"},
        stdout=sys.stderr,
    )
    try:
        _await_answer(url, process)
        yield Server(url, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def database_url() -> str:
    """The scratch database as a URL, for another process."""
    here = connection.settings_dict
    host = str(here["HOST"])
    name = quote(str(here["NAME"]))
    user = quote(str(here["USER"])) + (f":{quote(str(here['PASSWORD']))}" if here["PASSWORD"] else "")
    if host.startswith("/"):
        return f"postgresql://{user}@/{name}?host={host}"
    return f"postgresql://{user}@{host}:{here['PORT'] or 5432}/{name}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_answer(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError("The web server ended at once.")
        try:
            requests.get(f"{url}/api/v1/openapi.json", timeout=START_SECONDS)
        except requests.ConnectionError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("The web server does not answer.")
