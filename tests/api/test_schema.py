"""The committed OpenAPI document is what the code says."""

from pathlib import Path

from django.conf import settings
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer

FILE = Path(settings.BASE_DIR) / "docs" / "openapi.yaml"


def test_committed_document_is_current() -> None:
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    text = OpenApiYamlRenderer().render(schema, renderer_context={}).decode()
    assert FILE.read_text(encoding="utf-8") == text, "the API has changed: run `python scripts/schema.py` and look at the difference"


def test_every_operation_documents_problems_and_every_post_its_key() -> None:
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            assert "4XX" in operation["responses"]
            names = {parameter["name"] for parameter in operation.get("parameters", [])}
            assert ("Idempotency-Key" in names) == (method == "post" and not path.endswith("/tokens/"))


def test_what_is_empty_until_or_unless_a_decision_approves_is_documented_as_possibly_empty() -> None:
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    shown = schema["components"]["schemas"]["ApprovalOutput"]["properties"]
    for name in ("repayment_method", "guarantee", "size"):
        assert {"$ref": "#/components/schemas/BlankEnum"} in shown[name]["oneOf"]
