from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("activities", "0015_partitions")]
    operations = [
        migrations.AlterField("quarantinedrow", "code", models.SlugField(db_index=False)),
        # room on the pages of sums that change with every award: the new row stays there and touches no index
        migrations.RunSQL(
            "ALTER TABLE activities_tally SET (fillfactor = 80)", "ALTER TABLE activities_tally RESET (fillfactor)"
        ),
    ]
