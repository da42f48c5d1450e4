import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("parties", "0005_notification_preferences"),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("list_title", models.CharField(max_length=60, verbose_name="列表")),
                ("path", models.CharField(max_length=120, verbose_name="地址")),
                ("name", models.CharField(max_length=30, verbose_name="名称")),
                ("query", models.CharField(max_length=1000, verbose_name="筛选条件")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_filters",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="人员",
                    ),
                ),
            ],
            options={
                "verbose_name": "常用筛选",
                "ordering": ("path", "name"),
                "constraints": [models.UniqueConstraint(fields=("user", "path", "name"), name="saved_filter_once")],
            },
        ),
    ]
