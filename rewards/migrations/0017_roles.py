from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rewards", "0016_just_happened")]

    operations = [
        migrations.AlterField(
            model_name="member",
            name="role",
            field=models.CharField(
                choices=[("cashier", "Cashier"), ("manager", "Manager"), ("owner", "Owner")],
                default="cashier",
                max_length=7,
                verbose_name="role",
            ),
        ),
    ]
