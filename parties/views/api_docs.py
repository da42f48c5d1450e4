"""The API's documentation as a plain page, drawn from the schema: no script, nothing from elsewhere, printable."""

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from drf_spectacular.generators import SchemaGenerator

METHODS = ("get", "post", "put", "patch", "delete")


@require_GET
def api_docs(request: HttpRequest) -> HttpResponse:
    return render(request, "parties/api_docs.html", documentation())


@cache
def documentation() -> dict[str, Any]:
    """Operations by tag, with parameters and fields resolved; made once a process."""
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, operations in schema["paths"].items():
        for method in METHODS:
            if method in operations:
                found = _operation(schema, path, method, operations[method])
                groups.setdefault((operations[method].get("tags") or ["—"])[0], []).append(found)
    return {
        "title": schema["info"]["title"],
        "version": schema["info"]["version"],
        "description": schema["info"].get("description", ""),
        "groups": sorted(groups.items()),
    }


def _operation(schema: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    responses = [
        {"status": status, "fields": _fields(schema, _first(response.get("content", {})))}
        for status, response in operation["responses"].items()
        if status != "4XX"
    ]
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "text": operation.get("description") or operation.get("summary") or "",
        "parameters": [
            {
                "name": p["name"],
                "where": p["in"],
                "required": p.get("required", False),
                "type": _type(schema, p["schema"]),
                "text": p.get("description", ""),
            }
            for p in operation.get("parameters", [])
        ],
        "body": _fields(schema, _first(operation.get("requestBody", {}).get("content", {}))),
        "responses": responses,
    }


def _first(content: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    """The schema of the first content type."""
    return next((media.get("schema") for media in content.values()), None)


def _resolved(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part or len(part.get("allOf", ())) == 1:
        part = part["allOf"][0] if "allOf" in part else schema["components"]["schemas"][part["$ref"].rsplit("/", 1)[1]]
    return part


def _fields(schema: dict[str, Any], part: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The fields of an object, of a list's items or of a page's results."""
    if not part:
        return []
    found = _resolved(schema, part)
    if found.get("type") == "array":
        return _fields(schema, found["items"])
    properties = found.get("properties", {})
    if {"count", "results"} <= set(properties):
        return _fields(schema, properties["results"])
    required = set(found.get("required", ()))
    return [
        {
            "name": name,
            "required": name in required,
            "type": _type(schema, value),
            "text": value.get("description") or value.get("title") or "",
        }
        for name, value in properties.items()
    ]


def _type(schema: dict[str, Any], part: dict[str, Any]) -> str:
    found = _resolved(schema, part)
    options = found.get("oneOf") or found.get("anyOf")
    if options:
        return " | ".join(dict.fromkeys(_type(schema, option) for option in options))
    if found.get("enum"):
        return " | ".join("null" if value is None else str(value) for value in found["enum"])
    if found.get("type") == "array":
        return f"[{_type(schema, found.get('items', {}))}]"
    if found.get("properties"):
        return "{" + ", ".join(found["properties"]) + "}"
    return " ".join(str(word) for word in (found.get("type", "any"), found.get("format", "")) if word)
