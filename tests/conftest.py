"""People and books that most tests need. `make_*` builds through the station functions, never by hand."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.conf import settings as django_settings
from django.core.cache import caches
from django.db import connection
from django.test import TransactionTestCase
from django.utils import translation
from playwright.sync_api import Browser

from accounts import citizens
from accounts.models import Citizen, User
from config import partitions
from ledger.models import Chart, Code
from ledger.posting import Draft, issuance_account, open_account, post
from sandbox.server import process
from sandbox.server.partners import BRANDS
from tests import browsers

CLEAN = Path(__file__).parent / "clean.sql"
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are no name: an archive differs by the second in which it was packed, and processes collect apart."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """After tests with real commits the database goes back to what `migrate` left, without a new `migrate`."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS kept CASCADE")  # of a database that is used again
        cursor.execute(CLEAN.read_text())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", put_back)
        yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:  # the last request of a browser may still be open
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def put_back(test_case: TransactionTestCase) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT kept.restore()")


@pytest.fixture(autouse=True)
def language_of_the_city():
    """A request leaves its language in the thread, and tests come in any order."""
    translation.activate(django_settings.LANGUAGE_CODE)


@pytest.fixture(autouse=True)
def quiet_outside(settings, tmp_path, monkeypatch):
    """Files, mail and messages go to a folder of the test; the cache is empty."""
    settings.SMS_FILE = tmp_path / "sms.jsonl"
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STATIC_ROOT = tmp_path  # whitenoise warns of a folder that is missing
    settings.WHITENOISE_AUTOREFRESH = True  # else each test's client looks all static files up first
    local = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    settings.CACHES = {name: {**local, "LOCATION": name} for name in ("default", "process")}
    for name in settings.CACHES:
        caches[name].clear()
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)  # threads leave no connection behind


@pytest.fixture
def shared_data() -> Path:
    """The folder of real data sets, which lies beside the project where they are at hand."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real data sets are not at hand beside the project")
    return SHARED_DATA


MakeCitizen = Callable[..., Citizen]


@pytest.fixture
def make_citizen(db) -> MakeCitizen:
    def make(name: str = "citizen", **fields: object) -> Citizen:
        user = User.objects.create_user(username=f"{name}-{uuid4()}"[:36], email=f"{name}@example.org")
        citizen = citizens.open_account(user)
        for field, value in fields.items():
            setattr(citizen, field, value)
        citizen.save()
        return citizen

    return make


@pytest.fixture
def alice(make_citizen: MakeCitizen) -> Citizen:
    """The owner of things."""
    return make_citizen("alice")


@pytest.fixture
def bob(make_citizen: MakeCitizen) -> Citizen:
    """A stranger to Alice's things."""
    return make_citizen("bob")


@pytest.fixture
def give_points(db) -> Callable[[UUID, int], None]:
    """Points from the programme, for tests that spend them. They have no reduction behind them."""

    def give(holder: UUID, amount: int) -> None:
        award = uuid4()
        post([Draft(award, issuance_account(), open_account(holder, Chart.CITIZEN), amount, Code.AWARD, award)])

    return give


@pytest.fixture
def parts_go() -> Iterator[None]:
    """The monthly parts, and the indexes of parts, that a test with real commits makes go with it."""
    parts, indexes = _parts(), _part_indexes()
    yield
    with connection.cursor() as cursor:
        for part in _parts() - parts:
            cursor.execute(f"DROP TABLE {part}")
        for index in _part_indexes() - indexes:
            cursor.execute(f"DROP INDEX {index}")


def _parts() -> set[str]:
    return {part.name for table in partitions.tables() for part in partitions.parts(table.name)}


def _part_indexes() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename ~ '_[0-9]{4}_[0-9]{2}$'")
        return {name for (name,) in cursor.fetchall()}


@pytest.fixture(scope="session")
def chromium() -> Iterator[browsers.Shared]:
    with browsers.shared() as shared:
        yield shared


@pytest.fixture
def browser(chromium, live_server, monkeypatch) -> Iterator[Browser]:
    """The session's Chromium; what a test opens in it is closed after it."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop runs in the thread of the test
    with chromium.in_use() as browser:
        yield browser


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def partner_server(live_server):
    redirects = {code: f"{live_server.url}/links/oidc/{code}/callback/" for code in BRANDS}
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")  # one database for each process of tests
    environment = {"VAR_DIR": str(django_settings.VAR_DIR), "SANDBOX_DATABASE": f"test_sandbox_partners_{worker}"}
    os.environ.pop("PYTHONWARNINGS", None)
    with process.start(free_port(), redirects, people=9, environment=environment) as server:
        yield server
