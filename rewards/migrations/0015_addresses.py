from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rewards", "0014_limits_named")]

    operations = [
        migrations.AddField(
            model_name="merchant",
            name="address_zh",
            field=models.CharField(blank=True, default="", max_length=120, verbose_name="address (Chinese)"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="merchant",
            name="address_en",
            field=models.CharField(blank=True, default="", max_length=120, verbose_name="address (English)"),
            preserve_default=False,
        ),
    ]
