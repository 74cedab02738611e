from pathlib import Path

from django.db import migrations, models

from config import sql


class Migration(migrations.Migration):
    dependencies = [("rewards", "0008_proposals")]

    operations = [
        migrations.RunSQL(  # they were never asked
            "UPDATE rewards_offer SET day_limit = NULL, district_limit = NULL WHERE allocation = 'lottery'",
            migrations.RunSQL.noop,
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("allocation", "lottery"), _negated=True),
                    models.Q(("day_limit__isnull", True), ("district_limit__isnull", True)),
                    _connector="OR",
                ),
                name="offer_lottery_has_no_shares",
            ),
        ),
        sql.run(Path(__file__).parents[1] / "sql", "0009_lotteries"),
    ]
