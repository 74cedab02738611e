"""Achievements that were told without their month: the key names it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial")]

    operations = [
        migrations.RunSQL(
            """
            UPDATE notifications_notice SET facts = facts || jsonb_build_object('month_of', split_part(key, ':', 3))
            WHERE kind = 'achievement' AND NOT facts ? 'month_of'
            """,
            migrations.RunSQL.noop,
        )
    ]
