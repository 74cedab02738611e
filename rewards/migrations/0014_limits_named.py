from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rewards", "0013_payers")]

    operations = [
        migrations.AlterField(
            model_name="offer",
            name="day_limit",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="limit per day"),
        ),
        migrations.AlterField(
            model_name="offer",
            name="person_limit",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="limit per person"),
        ),
        migrations.AlterField(
            model_name="offer",
            name="district_limit",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="limit per district"),
        ),
    ]
