"""PDF papers: a Django template, the shipped Chinese fonts, WeasyPrint (domain §8)."""

import atexit
from html.parser import HTMLParser
from pathlib import Path
from threading import local
from typing import Any

from django.template.loader import render_to_string

from common.texts import FONTS, unprintable, unprintable_sentence

from ..errors import MissingGlyph, PdfUnavailable

_STYLE = Path(__file__).resolve().parent / "paper.css"
_own = local()


def render_pdf(template: str, context: dict[str, Any]) -> bytes:
    """Print a template as PDF. Everything it shows comes from `context`; the fonts are embedded.

    Raises:
        PdfUnavailable: the machine has no Pango.
        MissingGlyph: a character that the regular face lacks; names it and the words around it.
    """
    try:
        import weasyprint
    except OSError as error:
        raise PdfUnavailable(
            "本机未安装打印 PDF 所需的 Pango 库，页面与 XLSX、CSV 不受影响；请管理员安装 libpango-1.0-0、libpangoft2-1.0-0 后再试。"
        ) from error
    html = render_to_string(template, context)
    check_glyphs(html)
    style, fonts = _style()
    document = weasyprint.HTML(string=html, base_url=str(FONTS) + "/", url_fetcher=_local_only(weasyprint))
    pdf: bytes = document.write_pdf(stylesheets=[style], font_config=fonts)
    return pdf


def _style() -> tuple[Any, Any]:
    """The style with its fonts, read once in each thread: it takes ten times as long as printing a page, and threads must not
    share Pango's fonts.
    """
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    if not hasattr(_own, "style"):
        fonts = FontConfiguration()
        _own.style = weasyprint.CSS(filename=str(_STYLE), font_config=fonts, base_url=str(FONTS) + "/"), fonts
    style: tuple[Any, Any] = _own.style
    return style


@atexit.register  # unpacked fonts lie in a directory of their own, which is removed with them
def forget_styles() -> None:
    """Read the style anew for the next paper, with all it has to complain of."""
    vars(_own).clear()


def check_glyphs(html: str) -> None:
    """Refuse text with a character that would print as a box: a missing glyph still copies as the right text.

    Raises:
        MissingGlyph.
    """
    reader = _Text()
    reader.feed(html)
    for text in reader.parts:
        character = unprintable(text)
        if character:
            raise MissingGlyph(f"“{text.strip()[:30]}”：{unprintable_sentence(character)}")


class _Text(HTMLParser):
    """The text of a page's body, piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self._hidden = tag in ("style", "title")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def _local_only(weasyprint: Any) -> Any:
    """A fetcher for the shipped fonts alone: a paper never reads the network or another file."""

    def fetch(url: str, *args: Any, **kwargs: Any) -> Any:
        if not url.startswith(FONTS.as_uri()):
            raise ValueError(f"papers read nothing but their fonts, not {url}")
        return weasyprint.default_url_fetcher(url, *args, **kwargs)

    return fetch
