from pathlib import Path

from django.db import migrations, models

from config import sql


class Migration(migrations.Migration):
    dependencies = [
        ("rewards", "0007_promises"),
    ]

    operations = [
        migrations.AlterField(
            model_name="offer",
            name="state",
            field=models.CharField(
                choices=[
                    ("draft", "draft"),
                    ("proposed", "proposed by the merchant"),
                    ("returned", "returned by the city"),
                    ("published", "published"),
                    ("paused", "paused"),
                    ("ended", "ended"),
                ],
                default="draft",
                editable=False,
                max_length=9,
                verbose_name="state",
            ),
        ),
        migrations.AlterField(
            model_name="offerstep",
            name="state",
            field=models.CharField(
                choices=[
                    ("draft", "draft"),
                    ("proposed", "proposed by the merchant"),
                    ("returned", "returned by the city"),
                    ("published", "published"),
                    ("paused", "paused"),
                    ("ended", "ended"),
                ],
                max_length=9,
                verbose_name="state",
            ),
        ),
        sql.run(Path(__file__).parents[1] / "sql", "0008_proposals"),
    ]
