"""How does the module ``webbrowser`` open pages? In new tabs of this browser."""

import sys
import webbrowser

import js


class PageBrowser(webbrowser.BaseBrowser):
    """The browser of this page. It may refuse to open a tab that no click has asked for."""

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
        sys.audit("webbrowser.open", url)
        return bool(js.open(url, "_blank"))


_get = webbrowser.get


def get(using: str | None = None) -> webbrowser.BaseBrowser:
    """``webbrowser.get``, with an error that says which browser there is not."""
    try:
        return _get(using)
    except webbrowser.Error:
        if using is None:
            raise
        raise webbrowser.Error(f"could not locate runnable browser type {using!r}") from None


webbrowser.get = get

if hasattr(js, "open"):  # a worker and Node have no tabs
    webbrowser.register("page", None, PageBrowser("page"), preferred=True)
