from pathlib import Path

from django.db import migrations

from config import sql


class Migration(migrations.Migration):
    dependencies = [("activities", "0001_initial"), ("ledger", "0002_post")]
    operations = [sql.run(Path(__file__).parents[1] / "sql", "0002_append_only")]
