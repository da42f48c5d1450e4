from django.db import migrations, models

LABELS = {
    "high_tech": "高新技术企业",
    "private_tech": "民营科技企业",
    "innovative": "创新型企业",
    "town_key": "小榄重点扶持的科技企业",
}


def keep(apps, schema_editor):
    """What both offices have signed gets the identifier, and the certificates valid on that day, as the register has them now."""
    rows = apps.get_model("enterprises", "Recommendation").objects.filter(endorsed_on__isnull=False)
    for row in rows.select_related("enterprise"):
        enterprise, day = row.enterprise, row.endorsed_on
        row.identifier = enterprise.uscc or f"{enterprise.org_code[:8]}-{enterprise.org_code[8:]}"
        row.certificates = [
            {
                "category": LABELS[held.category],
                "number": held.certificate_no,
                "valid_until": held.valid_until.isoformat() if held.valid_until else "",
            }
            for held in enterprise.categories.order_by("category", "-valid_from")
            if held.valid_from <= day and (held.valid_until is None or day <= held.valid_until)
        ]
        row.save(update_fields=["identifier", "certificates"])


class Migration(migrations.Migration):
    dependencies = [("enterprises", "0002_batch_version")]

    operations = [
        migrations.AddField(
            model_name="recommendation",
            name="certificates",
            field=models.JSONField(default=list, help_text="selectors.certificates_on", verbose_name="类别证书（双方签署时）"),
        ),
        migrations.AddField(
            model_name="recommendation",
            name="identifier",
            field=models.CharField(blank=True, max_length=18, verbose_name="代码（双方签署时）"),
        ),
        migrations.RunPython(keep, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="recommendation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ["endorsed", "sent", "answered"]), _negated=True),
                    models.Q(("identifier", ""), _negated=True),
                    _connector="OR",
                ),
                name="recommendation_endorsed_identified",
            ),
        ),
    ]
