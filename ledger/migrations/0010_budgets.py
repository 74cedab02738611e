from pathlib import Path

from django.db import migrations

from config import sql


class Migration(migrations.Migration):
    dependencies = [("ledger", "0009_budget_tables")]
    operations = [sql.run(Path(__file__).parents[1] / "sql", "0010_budgets")]
