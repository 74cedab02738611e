from pathlib import Path

from django.db import migrations

from config import sql


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_post")]
    operations = [sql.run(Path(__file__).parents[1] / "sql", "0003_place_hold")]
