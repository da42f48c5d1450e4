"""The template context that every page shares (a context processor)."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from . import navigation


def page_context(request: HttpRequest) -> dict[str, Any]:
    """Product name, sidebar, search, programmes and unread count. Lazy, so that a fragment without them costs nothing."""
    shared: dict[str, Any] = {
        "product_name": "科技贷款风险准备金管理系统",
        "demonstration": getattr(settings, "DEMONSTRATION", False),
        "navigation": (),
        "programmes": (),
        "unread_count": 0,
        "search_url": "",
    }
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        shared["navigation"] = SimpleLazyObject(lambda: navigation.build(request))
        shared["programmes"] = SimpleLazyObject(lambda: navigation.hooks.programmes(request))
        shared["search_url"] = navigation.search_url(user)
        shared["unread_count"] = SimpleLazyObject(lambda: navigation.hooks.unread(user))
    return shared
