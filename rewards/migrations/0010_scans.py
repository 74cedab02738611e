from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rewards", "0009_lotteries")]

    operations = [
        migrations.AddField(
            model_name="redemption",
            name="scan_id",
            field=models.UUIDField(
                editable=False, help_text="Made by the till that was offline.", null=True, verbose_name="scan"
            ),
        ),
    ]
