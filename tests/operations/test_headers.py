"""What every page tells the browser."""

import pytest
from django.test import Client


@pytest.mark.django_db
def test_a_strict_policy_goes_with_every_page(client: Client) -> None:
    policy = client.get("/login/")["Content-Security-Policy"]
    rules = {name: values.split() for name, _, values in (part.strip().partition(" ") for part in policy.split(";"))}
    assert rules["default-src"] == rules["script-src"] == rules["style-src"] == ["'self'"]
    assert rules["object-src"] == rules["frame-ancestors"] == ["'none'"]
    assert "unsafe" not in policy
    assert "http" not in policy
