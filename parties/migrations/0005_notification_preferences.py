from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("parties", "0004_delegations"),
    ]

    operations = [
        migrations.AddField(
            model_name="notification",
            name="in_app",
            field=models.BooleanField(default=True, verbose_name="站内"),
        ),
        migrations.AddField(
            model_name="notification",
            name="by_mail",
            field=models.BooleanField(default=True, verbose_name="邮件"),
        ),
        migrations.CreateModel(
            name="NotificationPreference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("category", models.CharField(max_length=16, verbose_name="种类")),
                ("in_app", models.BooleanField(verbose_name="站内")),
                ("by_mail", models.BooleanField(verbose_name="邮件")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=models.deletion.CASCADE, related_name="preferences", to=settings.AUTH_USER_MODEL, verbose_name="人员"
                    ),
                ),
            ],
            options={
                "verbose_name": "通知设置",
                "ordering": ("category",),
                "constraints": [
                    models.UniqueConstraint(fields=("user", "category"), name="notification_preference_once"),
                    models.CheckConstraint(
                        condition=models.Q(("in_app", False), ("by_mail", False), _connector="OR"), name="notification_preference_deviates"
                    ),
                ],
            },
        ),
    ]
