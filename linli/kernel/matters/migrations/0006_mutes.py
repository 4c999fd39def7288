import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("matters", "0005_what_came_second"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Mute",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                (
                    "matter",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="mutes", to="matters.matter"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("matter", "account"), name="mute_once")],
            },
        ),
    ]
