"""A clerk at the screen: reads pages, follows links that are on them, fills forms by their labels, presses buttons.

No address is typed but the first; a link, field or button that is not on the page fails the test.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

import tinyhtml5
from django.test import Client

PASSWORD = "Demo-2012-2014"
INLINE = {"a", "abbr", "b", "button", "code", "em", "i", "label", "option", "span", "strong", "time", "use"}
UNREAD = ("script", "style", "svg", "template")
LEAK = re.compile(r"\{\{|\}\}|\{%|%\}|\bNone\b|\bnan\b|object at 0x")


class Clerk:
    """One person's browser. `page` is what is on the screen, `messages` what the last action said."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.client = Client()
        self.url = "/"
        self.status = 0
        self.page = Element("html")
        self._open("/login/")
        self.press("登录", 登录名=name, 密码=PASSWORD)
        assert self.url == "/", f"{name} could not sign in: {self.text[:300]}"

    # looking

    @property
    def text(self) -> str:
        return squeeze(self.page.find(".//body"))

    @property
    def heading(self) -> str:
        return squeeze(self.page.find(".//h1"))

    @property
    def messages(self) -> str:
        return " ".join(squeeze(one) for one in self.page.iter() if "notice" in classes(one))

    def facts(self) -> dict[str, str]:
        """What the page states in pairs of term and description."""
        pairs = ((div.find("dt"), div.find("dd")) for div in self.page.iter("div"))
        return {squeeze(term): squeeze(said) for term, said in pairs if term is not None and said is not None}

    def links(self) -> Iterator[tuple[str, str]]:
        for link in self.page.iter("a"):
            if link.get("href"):
                yield squeeze(link) or link.get("title", ""), urljoin(self.url, link.get("href", ""))

    # moving

    def menu(self, label: str) -> "Clerk":
        """From anywhere, by the navigation at the side."""
        side = next(one for one in self.page.iter("aside") if one.get("id") == "side")
        return self._follow(side, label)

    def follow(self, label: str) -> "Clerk":
        main = self.page.find(".//main")
        return self._follow(self.page if main is None else main, label)

    def reload(self) -> "Clerk":
        return self._open(self.url)

    def press(self, button: str, **values: Any) -> "Clerk":
        """Fill the form that has this button, by the labels of its fields, and send it with everything else it holds."""
        form = self.form(button)
        data = self.filled(form, button, values)
        target = urljoin(self.url, form.get("action") or self.url)
        if (form.get("method") or "get").lower() == "get":
            return self._open(target, data)
        return self.send(target, data)

    def send(self, target: str, data: dict[str, Any]) -> "Clerk":
        return self._show(self.client.post(target, data, follow=True), target)

    def form(self, button: str) -> Element:
        found = [form for form in self.page.iter("form") if any(squeeze(one) == button for one in form.iter("button"))]
        assert found, f"{self.name} sees no button “{button}” on {self.url}, only {self.buttons()}; refused: {self.refused()}"
        return found[0]

    def buttons(self) -> list[str]:
        return [squeeze(one) for form in self.page.iter("form") for one in form.iter("button")]

    def refused(self) -> dict[str, str]:
        """Actions that cannot be taken, with the reason given."""
        blocks = [one for one in self.page.iter("div") if "action-refused" in classes(one)]
        return {squeeze(one.find("button")): squeeze(one.find("p")) for one in blocks}

    def filled(self, form: Element, button: str, values: dict[str, Any]) -> dict[str, Any]:
        data = dict(_defaults(form))
        controls = {one.get("id"): one for one in _controls(form) if one.get("id")}
        labels = {_label(one): one.get("for") for one in form.iter("label")}
        legends = {_label(one.find("legend")): one for one in form.iter("fieldset") if "choice-group" in classes(one)}
        for label, value in values.items():
            if labels.get(label) in controls:
                control = controls[labels[label]]
                name, value = control.get("name", ""), _option(control, value)
            else:
                assert label in legends, f"no field “{label}” before “{button}” on {self.url}, only {list(labels) + list(legends)}"
                name, value = _ticked(legends[label], value)
            data[name] = value
        return data

    def _follow(self, place: Element, label: str) -> "Clerk":
        shown = [(squeeze(link), link.get("href")) for link in place.iter("a") if link.get("href")]
        exact = [href for text, href in shown if text == label]
        found = exact or [href for text, href in shown if label in text]
        assert found, f"{self.name} sees no link “{label}” on {self.url}, only {[text for text, _ in shown]}; refused: {self.refused()}"
        return self._open(urljoin(self.url, found[0]))

    def _open(self, url: str, query: dict[str, Any] | None = None) -> "Clerk":
        return self._show(self.client.get(url, query or {}, follow=True), url)

    def _show(self, answer: Any, url: str) -> "Clerk":
        self.url = answer.redirect_chain[-1][0] if answer.redirect_chain else url
        self.status = answer.status_code
        self.content = answer
        assert self.status < 500, f"{self.url} answers {self.status}"
        self.page = tinyhtml5.parse(answer.content.decode(), namespace_html_elements=False)
        leaked = LEAK.search(self.text)
        assert not leaked, f"{self.url} shows “{self.text[max(0, leaked.start() - 40) : leaked.end() + 40]}”"
        return self


def squeeze(element: Element | None) -> str:
    """The text of an element as it is read: blanks joined, scripts, drawings and hidden parts left out."""
    return re.sub(r"\s+", " ", "".join(_texts(element))).strip() if element is not None else ""


def _labels(label: Element, box: Element) -> bool:
    return box.get("id") == label.get("for") or box in list(label.iter())


def _texts(element: Element) -> Iterator[str]:
    if isinstance(element.tag, str) and element.tag not in UNREAD and element.get("role") != "tooltip":
        yield element.text or ""
        for child in element:
            yield from _texts(child)
            yield child.tail or ""
        if element.tag not in INLINE:
            yield " "


def _label(element: Element | None) -> str:
    return squeeze(element).removesuffix("*").removesuffix("（选填）").strip()


def classes(element: Element) -> list[str]:
    return (element.get("class") or "").split()


def _controls(form: Element) -> list[Element]:
    return [one for one in form.iter() if one.tag in ("input", "select", "textarea") and one.get("name")]


def _defaults(form: Element) -> Iterator[tuple[str, Any]]:
    """What a browser would send of an untouched form."""
    chosen: dict[str, list[str]] = {}
    for one in _controls(form):
        name, kind = one.get("name", ""), one.get("type", "text")
        if one.tag == "select":
            options = list(one.iter("option"))
            picked = next((option for option in options if option.get("selected") is not None), options[0] if options else None)
            if picked is not None:
                yield name, picked.get("value", "")
        elif one.tag == "textarea":
            yield name, (one.text or "").removeprefix("\n")
        elif kind in ("checkbox", "radio"):
            if one.get("checked") is not None:
                chosen.setdefault(name, []).append(one.get("value", "on"))
        elif kind not in ("file", "submit", "button"):
            yield name, one.get("value", "")
    yield from chosen.items()


def _option(control: Element, value: Any) -> Any:
    """An option is chosen by what it says."""
    if control.tag != "select":
        return value
    options = {squeeze(one): one.get("value", "") for one in control.iter("option")}
    found = [key for text, key in options.items() if text == value] or [key for text, key in options.items() if str(value) in text]
    assert found, f"no option “{value}”, only {list(options)}"
    return found[0]


def _ticked(group: Element, value: Any) -> tuple[str, list[str]]:
    """Boxes and radios are ticked by what stands beside them."""
    wanted = [value] if isinstance(value, str) else list(value)
    boxes = {squeeze(label): box for label in group.iter("label") for box in group.iter("input") if _labels(label, box)}
    keys = []
    for one in wanted:
        found = [box for text, box in boxes.items() if one in text]
        assert found, f"no box “{one}”, only {list(boxes)}"
        keys.append(found[0])
    return keys[0].get("name", ""), [one.get("value", "on") for one in keys]
