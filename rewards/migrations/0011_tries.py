import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rewards", "0010_scans")]

    operations = [
        migrations.CreateModel(
            name="Tries",
            fields=[
                (
                    "redemption",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="rewards.redemption",
                    ),
                ),
                ("since", models.DateTimeField(verbose_name="since")),
                ("count", models.PositiveSmallIntegerField(verbose_name="count")),
            ],
            options={
                "verbose_name": "tries of changing digits",
                "verbose_name_plural": "tries of changing digits",
            },
        ),
    ]
