from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

from config import sql

SQL = Path(__file__).parents[1] / "sql"
PERSON = {
    "null": True,
    "editable": False,
    "on_delete": django.db.models.deletion.PROTECT,
    "related_name": "+",
    "to": settings.AUTH_USER_MODEL,
}


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0010_review"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField("factor", "author", models.ForeignKey(**PERSON, verbose_name="author")),
        migrations.AddField("factor", "publisher", models.ForeignKey(**PERSON, verbose_name="publisher")),
        migrations.AlterModelOptions(
            "factor",
            {
                "ordering": ["code", "region", "-year"],
                "permissions": [("publish_factor", "Can publish factors written by others")],
                "verbose_name": "factor",
                "verbose_name_plural": "factors",
            },
        ),
        migrations.AddConstraint(
            "factor",
            models.CheckConstraint(
                condition=Q(author__isnull=True) | Q(publisher__isnull=True) | ~Q(author=F("publisher")),
                name="factor_published_by_another",
            ),
        ),
        sql.run(SQL, "0011_known_parameters"),
        sql.run(SQL, "0011_parameters"),
    ]
