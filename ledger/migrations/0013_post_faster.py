from pathlib import Path

from django.db import migrations, models

from config import sql


class Migration(migrations.Migration):
    dependencies = [("ledger", "0012_partitions")]
    operations = [
        migrations.RemoveIndex("account", "account_owing"),
        migrations.RemoveIndex("transfer", "transfer_reference"),
        migrations.AddIndex(
            "account", models.Index(fields=["holder"], condition=models.Q(code=220), name="account_of_debts")
        ),
        migrations.AddIndex(
            "transfer",
            models.Index(fields=["reference"], condition=~models.Q(code=10), name="transfer_of_reference"),
        ),
        sql.run(Path(__file__).parents[1] / "sql", "0013_post_faster"),
    ]
