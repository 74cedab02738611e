"""Starts and stops the partners' server, for the demo and for tests.

with process.start(8002, {"swift-bike": "http://127.0.0.1:8000/links/oidc/swift-bike/callback/"}) as server:
    server.issuer_url                         # "http://127.0.0.1:8002", the issuer of all partners
    server.clients["swift-bike"].client_secret
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from sandbox.server.partners import BRANDS

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30
PR_SET_PDEATHSIG = 1
PASSWORD = "low-carbon-city"


@dataclass(frozen=True)
class CityClient:
    """What the city enters for a partner."""

    client_id: str
    client_secret: str
    scope: str
    redirect_uri: str


@dataclass(frozen=True)
class Server:
    issuer_url: str
    clients: Mapping[str, CityClient]


def city_client(client_id: str, redirect_uri: str) -> CityClient:
    """The city's client at a partner, with a secret that is the same each time: this is a sandbox."""
    return CityClient(client_id, f"sandbox-secret-of-{client_id}", f"openid {BRANDS[client_id].scope}", redirect_uri)


@contextmanager
def start(
    port: int,
    redirect_uris: Mapping[str, str],
    *,
    people: int = 20,
    password: str = PASSWORD,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Migrate, register and serve on 127.0.0.1:`port` until the block ends.

    `redirect_uris` maps each partner to the city's callback. `environment` adds variables, such as VAR_DIR,
    SANDBOX_DATABASE and SANDBOX_ACCESS_TOKEN_SECONDS. Raises RuntimeError if the server does not come up.
    """
    clients = {client_id: city_client(client_id, uri) for client_id, uri in redirect_uris.items()}
    variables = {**os.environ, **(environment or {}), "DJANGO_SETTINGS_MODULE": "sandbox.server.settings"}
    _prepare(clients, people, password, variables)
    process = _serve(port, variables)
    try:
        server = Server(f"http://127.0.0.1:{port}", clients)
        _await_answer(server, process)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=10)


def _prepare(clients: Mapping[str, CityClient], people: int, password: str, variables: Mapping[str, str]) -> None:
    told = json.dumps([vars(client) for client in clients.values()])
    command = [sys.executable, "-m", "sandbox.server", "prepare", "--people", str(people), "--password", password]
    done = subprocess.run(command, cwd=ROOT, env=variables, input=told, text=True, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"The partners' server could not be prepared:\n{done.stderr}")


def _serve(port: int, variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """One process with threads, because authorization codes live in its memory."""
    binding = ["--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "8", "--log-level", "warning"]
    command = [sys.executable, "-m", "gunicorn", *binding, "--no-control-socket", "sandbox.server.wsgi"]
    return subprocess.Popen(command, cwd=ROOT, env=variables, preexec_fn=end_with_parent)


def end_with_parent() -> None:
    """Called in a child: Linux ends it when its parent is killed, so that the next start finds the ports free."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _await_answer(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if requests.get(f"{server.issuer_url}/.well-known/openid-configuration", timeout=2).ok:
                return
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.1)
    raise RuntimeError("The partners' server did not come up.")
