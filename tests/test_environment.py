"""What the settings read is documented, and what is documented is read."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
READERS = re.compile(r'(?:env\.(?:text|boolean|integer|words)|_required_in_production)\(\s*"([A-Z_]+)"')


def test_every_variable_is_in_the_example():
    read = set(READERS.findall((ROOT / "config" / "settings.py").read_text(encoding="utf-8")))
    documented = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    assert read == documented


def test_servers_run_the_versions_that_are_tested():
    tested, run = (
        set(re.findall(r"^\S+==\S+", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))
        for name in ("requirements.lock", "requirements-run.lock")
    )
    assert run < tested
    assert "pytest" not in {each.split("==")[0] for each in run}
