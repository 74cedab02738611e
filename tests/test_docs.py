"""The docs name every code with which points, rewards, campaigns and challenges refuse something, and every command."""

from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

from django.conf import settings
from django.core.management import get_commands

from config.problems import Problem

ROOMS = ("ledger", "rewards", "activities", "dashboard")
TOLD = ("ledger.", "rewards.", "activities.campaigns", "dashboard.community.")


def codes() -> dict[str, str]:
    """Every refusal's code, with the module that it stands in."""
    for room in ROOMS:
        for found in walk_packages(import_module(room).__path__, f"{room}."):
            if not {"migrations", "management", "wsgi"} & set(found.name.split(".")):
                import_module(found.name)
    kinds = [Problem]
    for kind in kinds:
        kinds += kind.__subclasses__()
    return {kind.code: kind.__module__ for kind in kinds if kind.__module__.startswith(TOLD)}


def test_every_code_of_a_refusal_is_in_the_docs():
    docs = "\n".join(path.read_text() for path in (Path(settings.BASE_DIR) / "docs").glob("*.md"))
    assert {code: room for code, room in codes().items() if f"`{code}`" not in docs} == {}


def test_every_command_is_in_the_readme():
    readme = (Path(settings.BASE_DIR) / "README.md").read_text()
    rooms = {*ROOMS, "accounts", "config", "sandbox"}
    commands = {name for name, app in get_commands().items() if str(app).partition(".")[0] in rooms}
    assert {name for name in commands if f"`manage.py {name}" not in readme and f"make {name}" not in readme} == set()
    assert {"audit", "rewrap", "vapid_keys"} <= commands
