"""The language stands with the citizen, who chooses it on any page, and no more with the wishes about notices."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("notifications", "0002_month_of_achievements"), ("accounts", "0009_language")]

    operations = [
        migrations.RunSQL(
            """
            UPDATE accounts_citizen AS citizen SET language = manner.language
            FROM notifications_manner AS manner
            WHERE manner.citizen_id = citizen.id AND manner.language <> '' AND citizen.erased_at IS NULL
            """,
            """
            UPDATE notifications_manner AS manner SET language = citizen.language
            FROM accounts_citizen AS citizen
            WHERE manner.citizen_id = citizen.id
            """,
        ),
        migrations.RemoveField(model_name="manner", name="language"),
    ]
