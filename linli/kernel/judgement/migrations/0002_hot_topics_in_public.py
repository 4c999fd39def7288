from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("judgement", "0001_initial")]

    operations = [
        migrations.RemoveConstraint(model_name="switch", name="judgement_known_function"),
        migrations.AlterField(
            model_name="switch",
            name="function",
            field=models.CharField(
                choices=[
                    ("kind", "类别建议"),
                    ("same", "同一件事"),
                    ("hot", "热点话题"),
                    ("topics", "公开的热点页"),
                    ("reply", "答复提示"),
                    ("brief", "要点摘出"),
                    ("groups", "意见分布图"),
                    ("hands", "人手测算"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="switch",
            constraint=models.CheckConstraint(
                condition=models.Q(("function__in", ["kind", "same", "hot", "topics", "reply", "brief", "groups", "hands"])),
                name="judgement_known_function",
            ),
        ),
    ]
