from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

import config.identifiers
from config import sql


class Migration(migrations.Migration):
    dependencies = [
        ("rewards", "0017_roles"),
    ]

    operations = [
        migrations.CreateModel(
            name="Handover",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=config.identifiers.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "gifts",
                    models.PositiveIntegerField(
                        help_text="How many; the oldest that were not handed over are meant.", verbose_name="gifts"
                    ),
                ),
                ("amount_fen", models.PositiveIntegerField(verbose_name="amount received (fen)")),
                ("received_on", models.DateField(verbose_name="received on")),
                ("use_zh", models.CharField(max_length=200, verbose_name="what was done with it (Chinese)")),
                ("use_en", models.CharField(max_length=200, verbose_name="what was done with it (English)")),
                (
                    "photo",
                    models.FileField(help_text="JPEG, PNG or WebP.", upload_to="handovers/", verbose_name="photo"),
                ),
                ("receipt", models.CharField(max_length=60, verbose_name="number of the receipt")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "offer",
                    models.ForeignKey(
                        limit_choices_to={"kind": "donation"},
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handovers",
                        to="rewards.offer",
                        verbose_name="offer",
                    ),
                ),
            ],
            options={
                "verbose_name": "handover of donations",
                "verbose_name_plural": "handovers of donations",
                "ordering": ["created_at"],
            },
        ),
        migrations.AddField(
            model_name="redemption",
            name="handover",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="given",
                to="rewards.handover",
                verbose_name="handover of donations",
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(condition=models.Q(("gifts__gt", 0)), name="handover_has_gifts"),
        ),
        sql.run(Path(__file__).parents[1] / "sql", "0018_handovers"),
    ]
