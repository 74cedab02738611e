from pathlib import Path

from django.core.management import call_command
from django.db import migrations

from config import sql


def create_cache_table(apps, schema_editor):
    """The shared cache lives in the database where no Redis is configured."""
    call_command("createcachetable", "cache", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("ledger", "0002_post")]
    operations = [
        sql.run(Path(__file__).parents[1] / "sql", "0002_append_only"),
        migrations.RunPython(create_cache_table, migrations.RunPython.noop),
    ]
