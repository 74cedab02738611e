from pathlib import Path

from django.db import migrations, models

from config import sql


class Migration(migrations.Migration):
    dependencies = [("rewards", "0006_levels")]

    operations = [
        migrations.AddField(
            model_name="redemption",
            name="funder",
            field=models.CharField(
                choices=[("city", "the city"), ("merchant", "the merchant"), ("sponsor", "a sponsor")],
                db_default="",
                default="",
                editable=False,
                help_text="As the offer said when it was redeemed.",
                max_length=8,
                verbose_name="paid by",
            ),
        ),
        migrations.RunSQL(
            "UPDATE rewards_redemption redemption SET funder = offer.funder"
            " FROM rewards_offer offer WHERE offer.id = redemption.offer_id",
            migrations.RunSQL.noop,
        ),
        sql.run(Path(__file__).parents[1] / "sql", "0007_promises"),
    ]
