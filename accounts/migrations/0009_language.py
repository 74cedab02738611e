from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_age_confirmed")]

    operations = [
        migrations.AddField(
            model_name="citizen",
            name="language",
            field=models.CharField(
                blank=True, db_default="", help_text="The one last chosen; messages are written in it.", max_length=10
            ),
        ),
    ]
