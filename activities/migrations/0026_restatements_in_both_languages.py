from django.db import migrations, models

WHY = "What was wrong, in words that citizens read beside their entries."


class Migration(migrations.Migration):
    """What was written in one language stands as Chinese, and is read by all as long as the English is empty."""

    dependencies = [("activities", "0025_sources_in_both_languages")]

    operations = [
        migrations.RenameField("restatement", "reason", "reason_zh"),
        migrations.AlterField("restatement", "reason_zh", models.TextField("reason (Chinese)", help_text=WHY)),
        migrations.AddField(
            "restatement",
            "reason_en",
            models.TextField("reason (English)", help_text=WHY, default=""),
            preserve_default=False,
        ),
    ]
