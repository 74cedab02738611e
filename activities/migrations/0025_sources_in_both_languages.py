from pathlib import Path

from django.db import migrations, models

from config import sql

SQL = Path(__file__).parents[1] / "sql"
PLACE = "The document and the place of every number."
CAUTION = "Why the numbers are rather too low than too high, and what is left out."


def in_both(model: str, text: str, **options) -> list:
    """What was written in one language stands as English, and is read by all as long as the Chinese is empty."""
    chinese = models.TextField(f"{text} (Chinese)", default="", **options)
    return [
        migrations.RenameField(model, text, f"{text}_en"),
        migrations.AlterField(model, f"{text}_en", models.TextField(f"{text} (English)", **options)),
        migrations.AddField(model, f"{text}_zh", chinese, preserve_default=False),
    ]


class Migration(migrations.Migration):
    """No published row is touched: columns are renamed, and new ones added with an empty default."""

    dependencies = [("activities", "0024_events_stand_for_one_person")]

    operations = [
        # backward, the function is made anew once the column has its old name again
        migrations.RunSQL(migrations.RunSQL.noop, sql.read(SQL, "0025_refuse_factors.reverse")),
        *in_both("factor", "source"),
        *in_both("methodology", "source", help_text=PLACE),
        *in_both("methodology", "conservativeness", blank=True, help_text=CAUTION),
        migrations.RunSQL(sql.read(SQL, "0025_refuse_factors"), migrations.RunSQL.noop),
    ]
