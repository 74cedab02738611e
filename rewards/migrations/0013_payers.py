from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

from config import sql


class Migration(migrations.Migration):
    dependencies = [("ledger", "0013_post_faster"), ("rewards", "0012_payments")]

    operations = [
        migrations.AddField(
            model_name="offer",
            name="programme",
            field=models.ForeignKey(
                blank=True,
                help_text="Who is asked for the money.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="ledger.programme",
                verbose_name="programme of the sponsor",
            ),
        ),
        migrations.AddField(
            model_name="redemption",
            name="programme",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="ledger.programme",
                verbose_name="programme of the sponsor",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(("programme__isnull", True), ("funder", "sponsor"), _connector="OR"),
                name="offer_programme_is_of_a_sponsor",
            ),
        ),
        sql.run(Path(__file__).parents[1] / "sql", "0013_payers"),
    ]
