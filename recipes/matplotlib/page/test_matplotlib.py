"""Are figures drawn as on other platforms, and does a page show them and react to input?"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.command import Command

from tests.harness.chromium import ChromiumPage
from tests.harness.firefox import FirefoxPage
from tests.harness.page import Page
from tests.harness.programs import Evaluate
from tests.harness.tabs import PAGES, OpenTab, start_page, start_today

REFERENCE = Path(__file__).with_name("reference.png")


@pytest.fixture(scope="module", params=["chromium", "firefox"])
def browser(request: pytest.FixtureRequest) -> OpenTab:
    tabs: OpenTab = request.getfixturevalue(f"{request.param}_tabs")
    return tabs


@pytest.fixture(scope="module", params=["0.16", "314"])
def started(request: pytest.FixtureRequest, browser: OpenTab, site: str) -> Iterator[Page]:
    """An interpreter with each API. The page is in the foreground: others have no frames."""
    page = (start_page if request.param == "0.16" else start_today)(browser, site)
    page.run_js("await pyodide.loadPackage('matplotlib');")
    yield page
    page.close()


@pytest.fixture
def page(request: pytest.FixtureRequest, started: Page) -> Iterator[Page]:
    """A page with one figure, whose axes are from 0 to 10; its parts are Python's globals."""
    page = started
    request.node.stash.setdefault(PAGES, []).append(page)
    page.run_python_async("""
        import matplotlib.pyplot as plt
        figure, axes = plt.subplots(figsize=(4, 3))
        line, = axes.plot([0, 5, 10], [0, 10, 0], "o-", picker=5)
        axes.set(xlim=(0, 10), ylim=(0, 10))
        plt.show()
        canvas = figure.canvas
        def position(x, y):
            "The place of a point of the axes in the page, in CSS pixels."
            box = canvas.element.getBoundingClientRect()
            x, y = axes.transData.transform((x, y)) / canvas.device_pixel_ratio
            return [round(box.left + x), round(box.bottom - y)]
        def limits():
            return [round(float(value), 1) for value in [*axes.get_xlim(), *axes.get_ylim()]]
    """)
    yield page
    page.run_python("plt.close('all')")


def pointer(page: Page, *steps: str | tuple[float, float]) -> None:
    """Moves the mouse to points of the axes, with its button pressed after a step "down"."""
    actions: list[dict[str, Any]] = []
    for step in steps:
        if isinstance(step, str):
            actions.append({"type": f"pointer{step.capitalize()}", "button": 0})
        else:
            x, y = page.run_python(f"position{step}")
            actions.append({"type": "pointerMove", "x": x, "y": y, "duration": 0})
    source = {"type": "pointer", "id": "mouse", "actions": actions}
    if isinstance(page, ChromiumPage):
        page._driver.execute(Command.W3C_ACTIONS, {"actions": [source]})
    else:
        assert isinstance(page, FirefoxPage)
        page._browser.call("input.performActions", context=page._context, actions=[source])
    page.run_js("await new Promise(requestAnimationFrame);")


def press_button(page: Page, name: str) -> None:
    page.run_js(f"document.querySelector('.mpl-toolbar [aria-label={name}]').click();")


def is_disabled(page: Page, name: str) -> bool:
    code = f"return document.querySelector('.mpl-toolbar [aria-label={name}]').disabled;"
    return bool(page.run_js(code))


def test_a_figure_is_that_of_other_platforms(evaluate: Evaluate) -> None:
    encoded = base64.b64encode(REFERENCE.read_bytes()).decode()

    def program(encoded: str) -> Any:
        import base64
        import os
        import tempfile

        import matplotlib.pyplot as plt
        import numpy as np
        from matplotlib.testing.compare import compare_images
        from matplotlib.testing.decorators import remove_ticks_and_titles

        figure, axes = plt.subplots(2, 2, figsize=(4, 3))
        x = np.linspace(0, 6, 200)
        axes[0, 0].plot(x, np.sin(x), x, np.cos(x), "--")
        axes[0, 0].fill_between(x, np.sin(x), alpha=0.3)
        axes[0, 1].imshow(np.outer(np.sin(x[:40]), np.cos(x[:40])), cmap="magma")
        axes[1, 0].contourf(x[::10], x[::10], np.hypot(*np.meshgrid(x[::10], x[::10])))
        axes[1, 1].bar(range(5), [1, 4, 2, 5, 3], color=[f"C{i}" for i in range(5)])
        axes[1, 1].scatter(range(5), [5, 3, 4, 2, 1], s=60, marker="*", color="k")
        title = figure.suptitle("Sine, $\\cos^2 x$ and more").get_window_extent()
        remove_ticks_and_titles(figure)
        with tempfile.TemporaryDirectory() as folder:
            drawn = os.path.join(folder, "drawn.png")
            figure.savefig(drawn)
            plt.close(figure)
            reference = os.path.join(folder, "reference.png")
            with open(reference, "wb") as file:
                file.write(base64.b64decode(encoded))
            return [title.width, title.height, compare_images(reference, drawn, tol=0)]

    outcome = evaluate(program, encoded)
    # From the wheel for x86-64 Linux, whose FreeType 2.6.1 places text slightly differently.
    assert outcome[:2] == pytest.approx([181.5, 22.1], abs=1)
    assert outcome[2] is None


def test_pyplot_needs_no_page(evaluate: Evaluate) -> None:
    def program() -> Any:
        import io

        import matplotlib

        matplotlib.use("agg")
        import matplotlib.pyplot as plt

        figure, axes = plt.subplots()
        axes.plot([1, 2, 3])
        sizes = {}
        for format in ("png", "svg", "pdf", "ps", "jpg"):
            file = io.BytesIO()
            figure.savefig(file, format=format)
            sizes[format] = file.getvalue()[:4].hex()
        plt.close(figure)
        matplotlib.use(matplotlib.rcsetup._auto_backend_sentinel)
        return sizes

    outcome = evaluate(program)
    assert outcome == {
        "png": "89504e47",
        "svg": "3c3f786d",
        "pdf": "25504446",
        "ps": "25215053",
        "jpg": "ffd8ffe0",
    }


def test_the_bundled_fonts_are_in_the_font_list(evaluate: Evaluate) -> None:
    def program() -> Any:
        import os

        from matplotlib import font_manager, get_data_path

        known = {(font.name, font.weight, font.style) for font in font_manager.fontManager.ttflist}
        folder = os.path.join(get_data_path(), "fonts", "ttf")
        seen = set()
        for name in os.listdir(folder):
            if name.endswith(".ttf"):
                font = font_manager.get_font(os.path.join(folder, name))
                font = font_manager.ttfFontProperty(font)
                seen.add((font.name, font.weight, font.style))
        return [len(seen), sorted(map(str, known ^ seen))]

    outcome = evaluate(program)
    assert outcome[0] > 30
    assert outcome[1] == []


def test_show_puts_the_figure_into_the_page(page: Page) -> None:
    assert page.run_python("plt.get_backend()") == "htmlcanvas"
    canvas = page.run_js("""
        const canvas = document.querySelector("body > figure canvas");
        const { width, height } = canvas.getBoundingClientRect();
        const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        const isBlue = (red, i) => i % 4 == 0 && red == 0x1f && data[i + 1] == 0x77;
        return {
            pixels: [canvas.width / devicePixelRatio, canvas.height / devicePixelRatio],
            size: [width, height],
            blue: data.filter(isBlue).length,
        };
    """)
    assert canvas["pixels"] == canvas["size"] == [400, 300]
    assert canvas["blue"] > 300
    assert page.run_js("return document.querySelector('figcaption').textContent;") == "Figure 1"


def test_later_changes_are_shown_in_the_next_frame(page: Page) -> None:
    red = """
        await new Promise(requestAnimationFrame);
        const canvas = document.querySelector("figure canvas");
        const [red, green] = canvas.getContext("2d").getImageData(canvas.width / 2, 2, 1, 1).data;
        return red == 255 && green == 0;
    """
    assert page.run_js(red) is False
    page.run_python("figure.set_facecolor('red'); canvas.draw_idle()")
    assert page.run_js(red) is True


def test_a_page_says_where_figures_go(page: Page) -> None:
    page.run_js("""
        document.pyodideMplTarget = document.createElement("section");
        document.body.append(document.pyodideMplTarget);
    """)
    page.run_python("plt.figure().add_subplot().plot([1, 2]); plt.show()")
    assert page.run_js("return document.pyodideMplTarget.querySelectorAll('canvas').length;") == 1
    page.run_python("plt.close()")
    assert page.run_js("return document.pyodideMplTarget.childElementCount;") == 0
    page.run_js("document.pyodideMplTarget.remove(); delete document.pyodideMplTarget;")


def test_the_figure_follows_its_size(page: Page) -> None:
    page.run_python("figure.set_size_inches(5, 2)")
    size = page.run_js("""
        await new Promise(requestAnimationFrame);
        const { width, height } = document.querySelector("figure canvas").getBoundingClientRect();
        return [width, height];
    """)
    assert size == [500, 200]


def test_the_mouse_zooms_and_pans_and_the_buttons_go_back(page: Page) -> None:
    assert is_disabled(page, "Back")
    press_button(page, "Zoom")
    pointer(page, (2, 2), "down", (4, 4))
    band = page.run_js("""
        const { width, height } = document.querySelector(".mpl-rubberband").getBoundingClientRect();
        return [width, height];
    """)
    wide, high = page.run_python(
        "[position(4, 4)[0] - position(2, 2)[0], position(2, 2)[1] - position(4, 4)[1]]"
    )
    assert band == [pytest.approx(wide, abs=2), pytest.approx(high, abs=2)]
    pointer(page, (4, 4), "up")
    assert page.run_python("limits()") == pytest.approx([2, 4, 2, 4], abs=0.1)
    assert page.run_js("return document.querySelector('.mpl-rubberband').hidden;")
    press_button(page, "Pan")
    pointer(page, (3, 3), "down", (2.5, 2.5), "up")
    assert page.run_python("limits()") == pytest.approx([2.5, 4.5, 2.5, 4.5], abs=0.1)
    press_button(page, "Back")
    assert page.run_python("limits()") == pytest.approx([2, 4, 2, 4], abs=0.1)
    press_button(page, "Forward")
    assert page.run_python("limits()") == pytest.approx([2.5, 4.5, 2.5, 4.5], abs=0.1)
    press_button(page, "Home")
    assert page.run_python("limits()") == [0, 10, 0, 10]
    press_button(page, "Pan")


def test_mouse_positions_are_right_in_a_figure_that_the_page_makes_narrower(page: Page) -> None:
    page.run_js("document.querySelector('figure').style.maxWidth = '200px';")
    page.run_python("""
        seen = []
        canvas.mpl_connect("motion_notify_event", lambda e: seen.append([e.xdata, e.ydata]))
        def position(x, y):
            box = canvas.element.getBoundingClientRect()
            x, y = axes.transData.transform((x, y)) / canvas.device_pixel_ratio / 2
            return [round(box.left + x), round(box.bottom - y)]
    """)
    pointer(page, (5, 5))
    assert page.run_python("seen[-1]") == pytest.approx([5, 5], abs=0.1)


def test_the_toolbar_says_where_the_mouse_is(page: Page) -> None:
    pointer(page, (5, 5))
    text = page.run_js("return document.querySelector('.mpl-toolbar span').textContent;")
    assert text.startswith("(x, y) = ")


def test_mouse_and_keys_are_events(page: Page) -> None:
    page.run_python("""
        seen = []
        def note(event):
            detail = getattr(event, "button", None) or getattr(event, "key", None)
            seen.append([event.name, str(detail)])
        for name in ("button_press", "button_release", "key_press", "pick", "scroll"):
            canvas.mpl_connect(f"{name}_event", note)
    """)
    pointer(page, (5, 10), "down", "up")
    assert sorted(page.run_python("seen")) == [
        ["button_press_event", "1"],
        ["button_release_event", "1"],
        ["pick_event", "None"],
    ]
    page.run_python("seen.clear()")
    page.press(f"A{Keys.ARROW_LEFT}{Keys.ESCAPE}")
    page.press("b", control=True)
    assert [key for _, key in page.run_python("seen")] == [
        "A",
        "left",
        "escape",
        "control",
        "ctrl+b",
    ]


def test_the_key_g_draws_a_grid(page: Page) -> None:
    pointer(page, (5, 5), "down", "up")
    page.press("g")
    assert page.run_python("bool(axes.xaxis.get_gridlines()[0].get_visible())")


def test_the_figure_is_downloaded(page: Page) -> None:
    page.run_js("""
        window.downloads = [];
        HTMLAnchorElement.prototype.click = function () {
            downloads.push(fetch(this.href).then(async (file) => ({
                name: this.download, type: file.headers.get("content-type"),
                bytes: [...new Uint8Array(await file.arrayBuffer())],
            })));
        };
    """)
    press_button(page, "Save")
    file = page.run_js("""
        delete HTMLAnchorElement.prototype.click;
        return await downloads[0];
    """)
    assert (file["name"], file["type"]) == ("Figure_1.png", "image/png")
    assert bytes(file["bytes"][:8]) == b"\x89PNG\r\n\x1a\n"


def test_an_animation_goes_on_by_itself_and_ends_with_the_figure(page: Page) -> None:
    page.run_python("""
        from matplotlib.animation import FuncAnimation
        frames = []
        def update(frame):
            frames.append(frame)
            line.set_ydata([0, frame, 0])
            return [line]
        animation = FuncAnimation(figure, update, frames=1000, interval=10, blit=True)
        canvas.draw_idle()
    """)
    page.run_js("await new Promise((done) => setTimeout(done, 500));")
    seen = page.run_python("len(frames)")
    assert seen > 3
    page.run_python("plt.close(figure)")
    after = page.run_python("len(frames)")
    page.run_js("await new Promise((done) => setTimeout(done, 200));")
    assert page.run_python("len(frames)") == after


def test_a_closed_figure_leaves_no_objects(page: Page) -> None:
    page.run_python("""
        import gc, weakref
        import matplotlib
        closed = plt.figure()
        gone = weakref.ref(closed)
        closed.add_subplot().plot([1, 2])
        plt.show()
        plt.close(closed)
        del closed
    """)
    collected = page.run_js("""
        for (let i = 0; i < 100; i++) {
            globalThis.gc?.();
            new Array(1e6).fill({});
            await new Promise((done) => setTimeout(done, 50));
            if (pyodide.runPython("gc.collect(); gone() is None")) return true;
        }
        return false;
    """)
    assert collected or not isinstance(page, ChromiumPage)  # Firefox may collect later


def test_ginput_is_an_error_as_a_page_cannot_wait(page: Page) -> None:
    assert page.run_python("""
        try:
            plt.waitforbuttonpress()
        except RuntimeError as error:
            message = str(error)
        message
    """).startswith("a page cannot wait")
    page.run_python("plt.pause(0.1)")
