"""Each fraud is played beside an honest look-alike: its rule finds it, and the look-alike passes."""

import pytest

from activities.integrity.registry import BY_CODE
from sandbox.benchmarks import integrity, tables
from sandbox.city import cheats

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def figures(monkeypatch, tmp_path):
    monkeypatch.setitem(integrity.CASES, "small", 6)
    monkeypatch.setattr(integrity, "SHARED_DATA", tmp_path / "nothing")
    return integrity.run("small")


def test_every_kind_of_fraud_is_found_by_its_rule_and_look_alikes_pass(figures):
    assert list(figures["rules"]) == list(cheats.KINDS)
    meant = {cheats.MEANT.get(kind, kind) for kind in cheats.KINDS}
    assert meant - set(BY_CODE) == {"steps_in_a_ride", "before_consent"}
    missed = [rule for rule, counts in figures["rules"].items() if not counts["found"]]
    hurt = [rule for rule, counts in figures["rules"].items() if counts["hurt"]]
    # a long hike can be as even and as fast as a machine for three hours: it is held, and a person looks
    assert (missed, hurt, figures["breaches"]) == ([], ["cadence"], 0)
    assert figures["real"].startswith("skipped: there is no ")


def test_the_document_says_what_was_measured():
    rule = {"cheats": 4, "found": 3, "stopped": 4, "recall": 0.75, "recall_of_all": 1.0, "precision": None}
    rules = {"overlap": {**rule, "honest": 4, "hurt": 0, "hurt_by_any": 1}}
    written = tables.render({"cases": 4, "rules": rules, "real": "skipped: it is not here"})
    assert "| `overlap` | 4 | 3 | 4 | 0.75 | 1.0 | – | 4 | 0 | 1 |" in written
    assert "Real data: skipped: it is not here." in written
