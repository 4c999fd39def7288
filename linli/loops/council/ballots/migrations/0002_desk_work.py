import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import linli.kernel.access.sealed


class Migration(migrations.Migration):
    dependencies = [
        ("ballots", "0001_ballots"),
        ("files", "0001_initial"),
        ("motions", "0001_motions"),
        ("people", "0001_initial"),
        ("rolls", "0002_frozen_rolls_never_change"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Hearing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("choice", linli.kernel.access.sealed.SealedField(blank=True, context="ballots.hearing.choice", default=bytes)),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("online", "网上"),
                            ("paper", "纸质"),
                            ("phone", "电话"),
                            ("visit", "上门"),
                            ("meeting", "会场"),
                            ("proxy", "委托"),
                        ],
                        max_length=8,
                    ),
                ),
                ("heard_at", models.DateTimeField()),
                ("note", models.CharField(blank=True, max_length=300)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "等见证人确认"), ("confirmed", "见证人已确认"), ("dropped", "已作废")],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("why_dropped", models.CharField(blank=True, max_length=200)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="ballot",
            name="ballot_one_a_step",
        ),
        migrations.AddField(
            model_name="ballot",
            name="silent_clause",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name="proxy",
            name="ended_why",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="reading",
            name="second",
            field=linli.kernel.access.sealed.SealedField(blank=True, context="ballots.reading.second", default=bytes),
        ),
        migrations.AddField(
            model_name="reading",
            name="second_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="reading",
            name="second_by",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="ballot",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("state", "abandoned"), _negated=True), models.Q(("kind", "survey"), _negated=True)),
                fields=("motion", "step"),
                name="ballot_one_a_step",
            ),
        ),
        migrations.AddConstraint(
            model_name="reading",
            constraint=models.CheckConstraint(
                condition=models.Q(("second_by", None), models.Q(("second_by", models.F("keyed_by")), _negated=True), _connector="OR"),
                name="reading_second_is_another",
            ),
        ),
        migrations.AddField(
            model_name="hearing",
            name="ballot",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="hearings", to="ballots.ballot"),
        ),
        migrations.AddField(
            model_name="hearing",
            name="person",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.person"
            ),
        ),
        migrations.AddField(
            model_name="hearing",
            name="recorder",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="hearing",
            name="voter",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="rolls.voter"),
        ),
        migrations.AddField(
            model_name="hearing",
            name="witness",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name="hearing",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "waiting")), fields=("ballot", "voter"), name="hearing_one_waiting"
            ),
        ),
        migrations.AddConstraint(
            model_name="hearing",
            constraint=models.CheckConstraint(condition=models.Q(("recorder", models.F("witness")), _negated=True), name="hearing_by_two"),
        ),
    ]
