import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F


def fill(apps, schema_editor):
    """Whoever took an application in drafted its first version: the first actor of its trail."""
    rows = apps.get_model("enterprises", "Recommendation").objects.all()
    rows.update(accepted_by=F("drafted_by"))
    events = apps.get_model("parties", "AuditEvent").objects.filter(
        object_type="enterprises.recommendation", action="recommendation.draft", actor__isnull=False
    )
    for row in rows.filter(version__gt=1):
        first = events.filter(object_id=str(row.pk)).order_by("pk").first()
        if first is not None:
            rows.filter(pk=row.pk).update(accepted_by=first.actor_id)


class Migration(migrations.Migration):
    dependencies = [
        ("enterprises", "0003_recommendation_keeps_what_was_signed"),
        ("parties", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="recommendation",
            name="accepted_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="受理人",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
