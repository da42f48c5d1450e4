from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enterprises", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="batch",
            name="version",
            field=models.PositiveIntegerField(default=1, help_text="名单或其内容每变一次加一", verbose_name="版本"),
        ),
    ]
