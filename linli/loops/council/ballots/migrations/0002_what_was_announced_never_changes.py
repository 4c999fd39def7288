from django.db import migrations

from linli.loops.council.ballots import guard


class Migration(migrations.Migration):
    """The database refuses to change an announced ballot, its notice and its text."""

    dependencies = [("ballots", "0001_ballots"), ("motions", "0001_motions")]

    operations = [migrations.RunPython(guard.install, guard.remove)]
