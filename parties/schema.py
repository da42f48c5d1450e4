"""What every operation of the OpenAPI schema has in common: problems as errors, the Idempotency-Key on POST."""

from typing import Any

from .idempotency import KEY_LENGTH

PROBLEM_SCHEMA = {
    "type": "object",
    "description": "RFC 9457。code 供程序判断，detail 供人阅读，errors 按输入项列出原因。",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "example": "insufficient_balance"},
        "detail": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    },
}
_COLUMN_BOUNDS = {2**bits - below for bits in (15, 31, 63) for below in (0, 1)}
PROBLEM_RESPONSE = {
    "description": "未能办理：400 输入有误，401 未登录，403 无权，404 不存在，409 状态或余额不允许，429 过于频繁。",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
KEY_PARAMETER = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "minLength": 1, "maxLength": KEY_LENGTH, "pattern": "^[!-~]+$"},
    "description": "幂等键：同一键、同一请求只办理一次，重发得到同一应答；同一键用于另一请求则为 409。",
}


def complete_operations(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """A postprocessing hook of drf-spectacular."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            operation["responses"].setdefault("4XX", PROBLEM_RESPONSE)
            if method == "post" and not path.endswith("/tokens/"):
                operation.setdefault("parameters", []).append(KEY_PARAMETER)
    _forget_column_ranges(result)
    return result


def _forget_column_ranges(node: Any) -> None:
    """Drop the bounds that come from the database's integer columns: the document is one, whichever database serves it."""
    if isinstance(node, dict):
        if node.get("type") == "integer":
            for bound in ("maximum", "minimum"):
                if abs(node.get(bound) or 0) in _COLUMN_BOUNDS:
                    del node[bound]
            node.pop("format", None)
        for child in node.values():
            _forget_column_ranges(child)
    elif isinstance(node, list):
        for child in node:
            _forget_column_ranges(child)
