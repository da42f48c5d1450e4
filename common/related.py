"""相关: what an object is linked to, for the side of its page. Apps say what they know of an object; nothing here imports them.

In an app's `AppConfig.ready()`:

    from common import related
    related.connect("enterprises.recommendation", links.of_recommendation)

so that a page of a lower app leads to what upper apps made of its object, as their pages lead back.
"""

from collections.abc import Callable, Sequence
from typing import Any

from .page import Related

Finder = Callable[[Any, Any], Sequence[Related]]

_FINDERS: dict[str, list[Finder]] = {}


def connect(label: str, finder: Finder) -> None:
    """Let `finder(object, user)` name links of objects of the model `label` (app.model), each that this person may follow."""
    _FINDERS.setdefault(label, []).append(finder)


def related_to(obj: Any, user: Any) -> list[Related]:
    """Every link of an object, in the order of the apps from below. Statements: those of the finders."""
    return [link for finder in _FINDERS.get(obj._meta.label_lower, ()) for link in finder(obj, user)]
