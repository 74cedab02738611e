from pathlib import Path

from django.db import migrations

from config import sql


class Migration(migrations.Migration):
    dependencies = [("ledger", "0007_expiry_tables")]
    operations = [sql.run(Path(__file__).parents[1] / "sql", "0008_expiry")]
