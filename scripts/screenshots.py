"""Pictures of the main pages at three widths in `var/screenshots/`, taken of a demonstration replayed for them (some minutes)."""

import os
import re
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

BASE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BASE))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django  # noqa: E402  # found after the path is set

django.setup()

from fontTools.ttLib import TTFont  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

from common.texts import FONTS  # noqa: E402
from tests.support import site  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

TARGET = BASE / "var" / "screenshots"
WIDTHS = {360: 780, 768: 1024, 1440: 900}
SETTLED = 300  # ms in which a chart is drawn anew for another width
POPUPS = {"date-calendar"}  # what is shown over the page is pictured as the window shows it


def first(page: Page) -> None:
    """Follow the first row of the list shown."""
    page.locator("main table tbody a").first.click()


def review(page: Page) -> None:
    page.get_by_role("link", name=re.compile("^初审")).click()


def calendar(page: Page) -> None:
    page.get_by_role("button", name="打开日历").first.click()


def dark(page: Page) -> None:
    page.evaluate("localStorage.setItem('look', 'dark')")
    page.reload()


PICTURES: "list[tuple[str, str, str, Callable[[Page], None] | None]]" = [
    ("home-bank", "bank", "/", None),
    ("home-science", "science2", "/", None),
    ("home-province", "province", "/", None),
    ("dashboard", "auditor", "/programmes/demo/dashboard/", None),
    ("recommendation-day", "science2", "/recommendations/day/?programme=demo", None),
    ("loans", "bank", "/loans/?programme=demo", None),
    ("loan", "bank", "/loans/?programme=xiaolan", first),
    ("enterprise-file", "bank", "/enterprises/", first),
    ("summary-review", "province", "/", review),
    ("claim", "town", "/claims/", first),
    ("date-calendar", "province", "/contributions/new/", calendar),
    ("search", "auditor", "/search/?q=中山", None),
    ("home-dark", "bank", "/", dark),
    ("help", "bank", "/help/", None),
]


def with_fonts(place: Path) -> dict[str, str | float | bool]:
    """The environment of a browser that knows the fonts of our papers, whatever the machine has."""
    for packed in FONTS.glob("*.woff2"):
        font = TTFont(packed)
        font.flavor = None
        font.save(place / f"{packed.stem}.ttf")
    families = ("sans-serif", "system-ui", "monospace")
    alias = "".join(f"<alias><family>{name}</family><prefer><family>Noto Sans SC</family></prefer></alias>" for name in families)
    found = f"<fontconfig><dir>{place}</dir><cachedir>{place}/cache</cachedir>{alias}</fontconfig>"
    (place / "fonts.conf").write_text(f'<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">{found}')
    return {**os.environ, "FONTCONFIG_FILE": str(place / "fonts.conf")}


def take(browser: Browser, url: str) -> None:
    """All pictures of the demonstration at `url`, as `<page>-<width>.png`."""
    for name, person, path, then in PICTURES:
        window = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", base_url=url, reduced_motion="reduce")
        page = window.new_page()
        site.sign_in(page, person)
        page.goto(path)
        if then:
            then(page)
        for width, height in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(SETTLED)
            page.screenshot(path=TARGET / f"{name}-{width}.png", full_page=name not in POPUPS)
        window.close()


def main() -> None:
    """Take them of the address given as argument, or of a demonstration of their own."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        place = Path(directory)
        if sys.argv[1:]:
            url = sys.argv[1]
        else:
            site.replay(place)
            url = stack.enter_context(site.served(place))
        browser = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path=site.CHROMIUM, args=["--no-sandbox"], env=with_fonts(place)
        )
        take(browser, url)
        browser.close()
    print(f"{len(PICTURES) * len(WIDTHS)} pictures in {TARGET}")


if __name__ == "__main__":
    main()
