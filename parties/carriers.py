"""Which objects carry papers of whatever kind, beside those with a place of their own for theirs; the apps above name them."""

from django.db import models
from django.urls import reverse

from common.page import Paper

_CARRIERS: dict[str, type[models.Model]] = {}


def connect(*carriers: type[models.Model]) -> None:
    """Let these models carry papers. Each has `visible_to`, a `programme` and a page."""
    _CARRIERS.update({model._meta.label_lower: model for model in carriers})


def carrier(label: str) -> type[models.Model] | None:
    """The model of a label as an address names it; None for one that carries no papers."""
    return _CARRIERS.get(label)


def papers_link(subject: models.Model) -> Paper:
    """The way to the papers of an object, for its page. No query."""
    url = reverse("parties:papers_of", args=[subject._meta.label_lower, subject.pk])
    return Paper("材料", url, "查看、上传", "paperclip")
