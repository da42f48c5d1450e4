import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SEARCHED = {"loan_note_trigrams": ("loans_loan", "note_no"), "loan_contract_trigrams": ("loans_loan", "contract_no"),
            "repayment_receipt_trigrams": ("loans_repayment", "receipt_no")}


def index_parts(apps, schema_editor):
    """So that PostgreSQL finds a part of a number without reading every row. Spelt as `icontains` asks."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        for name, (table, column) in SEARCHED.items():
            schema_editor.execute(f"CREATE INDEX {name} ON {table} USING gin (upper({column}::text) gin_trgm_ops)")


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name in SEARCHED:
            schema_editor.execute(f"DROP INDEX {name}")


class Migration(migrations.Migration):

    dependencies = [
        ('enterprises', '0007_enterprise_benefits'),
        ('loans', '0009_running_loans_index'),
        ('parties', '0007_previous_login'),
        ('reserve', '0009_refunds_and_closing'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='loan',
            name='loan_statistics',
        ),
        migrations.AlterField(
            model_name='loan',
            name='credit_line',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='loans', to='loans.creditline', verbose_name='授信'),
        ),
        migrations.AddIndex(
            model_name='loan',
            index=models.Index(fields=['programme', 'disbursed_on', 'status', 'bank', 'amount', 'outstanding', 'earmarked', 'earmarked_provincial', 'declared_reserve', 'declared_provincial'], name='loan_statistics'),
        ),
        migrations.AddIndex(
            model_name='loan',
            index=models.Index(fields=['credit_line', 'status', 'amount'], name='loan_drawn'),
        ),
        migrations.RunPython(index_parts, drop),
    ]
