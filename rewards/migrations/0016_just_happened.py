from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rewards", "0015_addresses")]

    operations = [
        migrations.AddIndex(
            model_name="redemption",
            index=models.Index(fields=["closed_at"], name="redemption_closed"),
        ),
    ]
