from django.db import migrations

from linli.kernel.rolls import guard


class Migration(migrations.Migration):
    """The database refuses to change a frozen roll, its voters and its units."""

    dependencies = [("rolls", "0001_initial")]

    operations = [migrations.RunPython(guard.install, guard.remove)]
