"""The worked examples of ledger/README.md, carried out."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.utils import timezone

from config.problems import Problem
from ledger import clawback, holds, statements
from ledger.clawback import Clawback
from ledger.models import PROGRAMME, Chart, Hold
from ledger.posting import post
from tests.ledger.book import award, fingerprint, holder

README = Path(__file__).parents[2] / "ledger" / "README.md"
ALICE, CAFE = holder("Alice"), holder("café")


def steps() -> list[tuple[str, list[int]]]:
    section = README.read_text().split("## Worked examples")[1].split("\n## ")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    return [(row[0], list(map(int, row[1:]))) for row in cells if row[0] != "step" and not row[0].startswith("--")]


def carry_out(step: str) -> None:
    verb, points = re.fullmatch(r"([a-z ]+?)(?: (\d+))?(?: refused)?", step).groups()
    amount = int(points or 0)
    if verb == "award":
        post([award("Alice", amount)])
    elif verb == "hold":
        holds.place(uuid4(), ALICE, amount, timezone.now() + timedelta(days=1))
    elif verb == "redeem":
        holds.settle(Hold.objects.get(state=Hold.State.PLACED).id, CAFE)
    elif verb == "release":
        holds.release(Hold.objects.get(state=Hold.State.PLACED).id)
    elif verb == "refund":
        holds.refund(Hold.objects.get(state=Hold.State.SETTLED).id, CAFE)
    else:
        assert verb == "claw back"
        clawback.claw_back([Clawback(uuid4(), ALICE, amount, uuid4())])


@pytest.mark.django_db
@pytest.mark.usefixtures("sound")
def test_every_worked_example_is_true():
    found = steps()
    assert len(found) == 9
    for step, expected in found:
        if step.endswith("refused"):
            before = fingerprint()
            with pytest.raises(Problem):
                carry_out(step)
            assert fingerprint() == before
        else:
            carry_out(step)
        wallet = statements.personal_balances(ALICE)
        issued, earned = statements.balance(PROGRAMME, Chart.ISSUANCE), statements.balance(CAFE, Chart.MERCHANT)
        assert [issued, *wallet.values(), earned] == expected, step
        assert issued + wallet[Chart.CITIZEN] + wallet[Chart.HELD] - wallet[Chart.OWED] + earned == 0
