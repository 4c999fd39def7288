from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial")]

    operations = [
        migrations.AddField("notice", "form", models.CharField(default="notice", max_length=12)),
        migrations.AddField("notice", "paper", models.JSONField(default=dict)),
    ]
