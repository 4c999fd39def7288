import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("hot", "0001_initial"),
        ("matters", "0004_tasks_and_promises_of_motions"),
        ("places", "0001_initial"),
    ]

    operations = [
        migrations.AddField(model_name="figure", name="by_home", field=models.JSONField(default=list)),
        migrations.AddField(model_name="figure", name="by_size", field=models.JSONField(default=list)),
        migrations.AddField(
            model_name="change",
            name="matter",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="matters.matter"
            ),
        ),
        migrations.AlterField(
            model_name="change",
            name="verb",
            field=models.CharField(
                choices=[
                    ("rename", "改了名称"),
                    ("join", "并入了别的热点"),
                    ("take_in", "并进来一个热点"),
                    ("dismiss", "不再列出"),
                    ("restore", "重新列出"),
                    ("lead", "立了牵头诉求"),
                    ("take_out", "拿出了一件诉求"),
                    ("put_in", "放进了一件诉求"),
                    ("moved", "一件诉求放到了别的热点"),
                    ("undone", "撤销了上一步，诉求回到原处"),
                    ("merged", "和别的热点说的是同一件事，系统合在了一起"),
                    ("split", "从别的热点分了出来"),
                ],
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="Parted",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "matter",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="matters.matter"),
                ),
                (
                    "topic",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="parted", to="hot.topic"),
                ),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("matter", "topic"), name="hot_parted_once")]},
        ),
        migrations.CreateModel(
            name="PublicFigure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.CharField(max_length=161)),
                ("messages", models.PositiveIntegerField()),
                ("people", models.PositiveIntegerField()),
                ("likes", models.PositiveIntegerField()),
                ("first_on", models.DateField()),
                ("last_on", models.DateField()),
                ("heat", models.FloatField()),
                ("direction", models.CharField(max_length=8)),
                ("counts", models.JSONField(default=list)),
                ("by_place", models.JSONField(default=list)),
                ("place", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.place")),
                (
                    "topic",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="public_figures", to="hot.topic"),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["place", "-heat", "topic"], name="hot_public_hottest")],
                "constraints": [models.UniqueConstraint(fields=("topic", "place"), name="hot_public_once")],
            },
        ),
    ]
