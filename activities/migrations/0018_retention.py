from pathlib import Path

from django.db import migrations, models
from django.db.models.functions import Now

from config import sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("activities", "0017_waiting_deliveries")]

    operations = [
        migrations.CreateModel(
            "DetailHorizon",
            [
                ("before", models.DateField(primary_key=True, serialize=False)),
                ("first_kept", models.UUIDField()),
                ("dropped_at", models.DateTimeField(db_default=Now())),
            ],
        ),
        sql.run(SQL, "0018_retention"),
    ]
