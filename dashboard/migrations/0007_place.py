from pathlib import Path

from django.db import migrations

from config import sql


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0006_challenges")]
    operations = [sql.run(Path(__file__).parents[1] / "sql", "0007_place")]
