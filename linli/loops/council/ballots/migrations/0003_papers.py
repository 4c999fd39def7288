import django.db.models.deletion
from django.db import migrations, models

from linli.loops.council.ballots import guard


class Migration(migrations.Migration):
    """What settles a conflict may be asked for on paper, and is kept; the term is guarded like every other that was announced."""

    dependencies = [("ballots", "0002_what_was_announced_never_changes"), ("files", "0002_documents")]

    operations = [
        migrations.RunPython(guard.remove, guard.install),
        migrations.AddField(model_name="ballot", name="settle_signed", field=models.BooleanField(default=False)),
        migrations.AddField(
            model_name="settlement",
            name="statement",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="files.storedfile"
            ),
        ),
        migrations.RunPython(guard.install, guard.remove),
    ]
