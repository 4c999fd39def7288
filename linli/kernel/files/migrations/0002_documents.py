from django.db import migrations, models


class Migration(migrations.Migration):
    """Documents beside pictures: longer media types, and how many pages a PDF has."""

    dependencies = [("files", "0001_initial")]

    operations = [
        migrations.AlterField(model_name="storedfile", name="media_type", field=models.CharField(max_length=100)),
        migrations.AddField(model_name="storedfile", name="pages", field=models.PositiveIntegerField(blank=True, null=True)),
    ]
