from pathlib import Path

from django.db import migrations, models

from config import repartition, sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0011_budget_alerts_told")]

    operations = [
        migrations.RemoveConstraint("transfer", "reversed_once"),
        migrations.CreateModel(
            "Reversal",
            [("transfer_id", models.UUIDField(primary_key=True, editable=False, serialize=False))],
        ),
        sql.run(SQL, "0012_reversals"),
        repartition.by_month("ledger_transfer", "id", ["id"], aside=True),
    ]
