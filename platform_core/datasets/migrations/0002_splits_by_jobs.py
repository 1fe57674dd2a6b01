"""Splits are fixed by jobs; those there are were fixed when they were made."""

from django.db import migrations, models

STATES = [("preparing", "Being prepared"), ("ready", "Ready"), ("rejected", "Rejected")]


class Migration(migrations.Migration):
    dependencies = [("datasets", "0001_initial")]

    operations = [
        migrations.AddField("split", "job_id", models.UUIDField(null=True)),
        migrations.AddField("split", "rejection", models.JSONField(null=True)),
        migrations.AddField(
            "split", "state", models.CharField(choices=STATES, default="ready", max_length=9)
        ),
        migrations.AlterField(
            "split", "state", models.CharField(choices=STATES, default="preparing", max_length=9)
        ),
        migrations.AlterField("split", "limits", models.JSONField(default=list)),
        migrations.AlterField("split", "counts", models.JSONField(default=dict)),
    ]
