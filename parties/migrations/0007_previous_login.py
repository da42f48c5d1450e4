from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("parties", "0006_saved_filters"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="previous_login",
            field=models.DateTimeField(blank=True, help_text="本次登录以前的那一次", null=True, verbose_name="上次登录"),
        ),
    ]
