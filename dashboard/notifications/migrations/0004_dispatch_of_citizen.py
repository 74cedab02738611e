from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0003_language_of_the_citizen")]

    operations = [
        migrations.AddIndex(
            model_name="dispatch",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["citizen_id", "channel"],
                name="dispatch_of_citizen",
            ),
        ),
    ]
