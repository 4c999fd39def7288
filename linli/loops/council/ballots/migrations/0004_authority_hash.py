from django.db import migrations, models


class Migration(migrations.Migration):
    """A written authority that says how to vote in a secret ballot goes with the count; its hash stays."""

    dependencies = [("ballots", "0003_papers")]

    operations = [
        migrations.AddField(model_name="proxy", name="authority_hash", field=models.CharField(blank=True, max_length=64)),
    ]
