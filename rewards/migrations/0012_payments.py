from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

import config.identifiers
from config import sql


class Migration(migrations.Migration):
    dependencies = [("rewards", "0011_tries")]

    operations = [
        migrations.AlterModelOptions(
            name="batch",
            options={
                "ordering": ["-last_day", "merchant"],
                "permissions": [("close_batch", "Can close settlements"), ("pay_batch", "Can pay settlements")],
                "verbose_name": "settlement",
                "verbose_name_plural": "settlements",
            },
        ),
        migrations.AlterField(
            model_name="batch",
            name="payout",
            field=models.CharField(
                choices=[
                    ("open", "to be paid"),
                    ("sent", "sent to the bank"),
                    ("nothing", "nothing to pay"),
                    ("carried", "carried to the next"),
                    ("paid", "paid"),
                    ("failed", "payment failed"),
                ],
                default="open",
                max_length=7,
                verbose_name="payout",
            ),
        ),
        migrations.AlterField(
            model_name="batch",
            name="payout_at",
            field=models.DateTimeField(null=True, verbose_name="last step of the payout"),
        ),
        migrations.CreateModel(
            name="PaymentFile",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=config.identifiers.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("by", models.CharField(max_length=150, verbose_name="by")),
                ("created_at", models.DateTimeField(verbose_name="written")),
                ("xml_encrypted", models.TextField(editable=False, verbose_name="file for the bank")),
                ("csv_encrypted", models.TextField(editable=False, verbose_name="the same as a table")),
            ],
            options={
                "verbose_name": "payment file",
                "verbose_name_plural": "payment files",
                "ordering": ["-created_at"],
            },
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="rewards.paymentfile",
                        verbose_name="payment file",
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="rewards.batch",
                        verbose_name="settlement",
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="rewards.contract",
                        verbose_name="contract",
                    ),
                ),
            ],
            options={
                "verbose_name": "payment",
                "verbose_name_plural": "payments",
                "ordering": ["id"],
                "constraints": [models.UniqueConstraint(fields=("file", "batch"), name="paid_once_in_a_file")],
            },
        ),
        migrations.AddIndex(
            model_name="redemption",
            index=models.Index(
                condition=models.Q(("state", "refunded")),
                fields=["merchant", "refunded_at"],
                name="redemption_refunded",
            ),
        ),
        sql.run(Path(__file__).parents[1] / "sql", "0012_payments"),
    ]
