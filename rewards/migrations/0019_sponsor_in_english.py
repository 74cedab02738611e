from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("rewards", "0018_handovers")]

    operations = [
        migrations.AddField(
            model_name="offer",
            name="sponsor_en",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="Empty: the same name in both languages.",
                max_length=80,
                verbose_name="name of the sponsor (English)",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=~Q(sponsor="") | Q(sponsor_en=""), name="offer_sponsor_has_name_in_both"
            ),
        ),
    ]
