import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    """Moments that may be given: whoever brings citizens along says since when."""

    dependencies = [("accounts", "0009_language")]

    operations = [
        migrations.AlterField(
            model_name=model,
            name=name,
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
        )
        for model, name in [("citizen", "created_at"), ("consent", "created_at"), ("consenttext", "published_at")]
    ]
