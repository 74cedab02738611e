from pathlib import Path

from django.db import migrations, models

from config import sql

CODES = [
    (1, "a programme was funded"),
    (10, "award for a reduction"),
    (11, "bonus of a campaign"),
    (20, "reserved for a redemption"),
    (21, "redeemed at a merchant"),
    (22, "reservation returned"),
    (23, "refund by a merchant"),
    (30, "taken back"),
    (31, "owed, as it was spent before"),
    (32, "repaid what was owed"),
    (40, "expired"),
    (41, "expiry undone"),
    (50, "settled with a merchant"),
    (60, "reversal of an earlier entry"),
]


class Migration(migrations.Migration):
    dependencies = [("ledger", "0013_post_faster")]

    operations = [
        migrations.AlterField("transfer", "code", models.PositiveSmallIntegerField(choices=CODES)),
        migrations.AddConstraint(
            "account",
            models.CheckConstraint(
                condition=models.Q(code__in=[100, 105, 110, 130, 200, 210, 220, 300]),
                name="account_code_is_in_the_chart",
            ),
        ),
        migrations.AddConstraint(
            "transfer",
            models.CheckConstraint(
                condition=models.Q(code__in=[code for code, _name in CODES]), name="transfer_code_is_known"
            ),
        ),
        sql.run(Path(__file__).parents[1] / "sql", "0014_honest_expiry"),
    ]
