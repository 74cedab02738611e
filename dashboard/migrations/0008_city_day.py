from pathlib import Path

import django.db.models.functions.datetime
from django.db import migrations, models

from config import sql


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0007_place")]

    operations = [
        migrations.CreateModel(
            name="CityDay",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("citizens", models.PositiveIntegerField()),
                ("reduction_mg", models.BigIntegerField()),
                ("counted_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("citizens__gte", 10), ("reduction_mg__gte", 0)), name="city_day_of_enough"
                    )
                ],
            },
        ),
        sql.run(Path(__file__).parents[1] / "sql", "0008_city_day"),
    ]
