"""Is console.html a console: statements, packages, completion, input, interrupts?"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from tests.harness.built import BUILD_DIR, require
from tests.harness.chromium import ChromiumPage, chromium, missing
from tests.harness.console import Console
from tests.harness.page import Page
from tests.harness.server import running
from tests.harness.tabs import OpenTab

OpenPage = Callable[[str], Page]


@pytest.fixture
def console(open_page: OpenPage) -> Console:
    return Console(open_page("/console.html"))


def test_statements_blocks_and_errors(console: Console, tmp_path: Path) -> None:
    assert console.run("6 * 7") == ">>> 6 * 7\n42"
    block = console.run("for i in range(2):", "print(i)", "")
    assert block == ">>> for i in range(2):\n...     print(i)\n...\n0\n1"
    error = console.run("1 / 0")
    assert error.endswith("ZeroDivisionError: division by zero")
    assert "Traceback (most recent call last):" in error
    assert "SyntaxError" in console.run("x = = 2")
    picture = tmp_path / "console.png"
    console.page.screenshot(picture)
    assert picture.stat().st_size > 5_000


def test_await_and_tasks(console: Console) -> None:
    shown = console.run("import asyncio", "await asyncio.sleep(0.01, result='slept')")
    assert shown.splitlines()[-1] == "'slept'", shown


def test_packages_are_loaded_when_they_are_imported(console: Console) -> None:
    console.run("import numpy as np")
    assert "Loaded numpy" in console.screen
    assert console.run("np.arange(6).sum()").endswith("np.int32(15)")


def test_tab_completes_and_lists(console: Console) -> None:
    console.run("text = 'x'")
    console.page.press("text.isnum" + Keys.TAB)
    console.wait_for("text.isnumeric")
    console.enter("()")
    console.wait_for("False\n>>>")
    console.page.press("text.r" + Keys.TAB)
    console.wait_until(lambda: "rpartition" in console.screen and "rstrip" in console.screen)
    console.wait_for(">>> text.r")


def test_the_history_is_there_after_a_reload(open_page: OpenPage) -> None:
    first = Console(open_page("/console.html"))
    first.run("remembered = 2")
    again = Console(open_page("/console.html"))
    again.page.press(Keys.ARROW_UP)
    again.wait_for(">>> remembered = 2")
    again.page.press(Keys.ARROW_DOWN)
    again.wait_until(lambda: again.screen.endswith("\n>>>"))


def test_input_waits_for_a_line(console: Console) -> None:
    console.enter("name = input('Your name? ')")
    console.wait_for("Your name?")
    console.enter("Ada ☃")
    console.wait_until(lambda: console.state == "ready")
    assert console.run("name").endswith("'Ada ☃'")


@pytest.mark.parametrize(
    "statement",
    [
        "while True: pass\n",
        "import time; time.sleep(60)",
        "import asyncio; await asyncio.sleep(60)",
        "import asyncio, time; await asyncio.sleep(0); time.sleep(60)",
        "name = input()",
    ],
)
def test_control_c_interrupts_the_running_code(console: Console, statement: str) -> None:
    console.enter(*statement.split("\n"))
    console.wait_until(lambda: console.state == "busy")
    console.page.press("c", control=True)
    console.wait_until(lambda: console.state == "ready")
    console.wait_for(">>>")
    assert "KeyboardInterrupt" in console.screen
    assert console.run("'alive'").endswith("'alive'")


def test_tasks_go_on_while_input_waits(console: Console) -> None:
    console.run(
        "import asyncio",
        "async def count():",
        "global seconds; seconds = 0",
        "while seconds < 3: await asyncio.sleep(0.1); seconds += 0.1",
        "",
    )
    console.run("task = asyncio.create_task(count())")
    console.enter("name = input('Your name? ')")
    console.wait_for("Your name?")
    time.sleep(0.5)
    console.enter("Ada")
    console.wait_until(lambda: console.state == "ready")
    assert console.run("task.cancel() and seconds > 0.3").endswith("True")


def test_a_server_without_headers_has_input_and_interrupts_of_waits(open_url: OpenTab) -> None:
    site = StaticFiles(directory=BUILD_DIR / "dist", follow_symlink=True)
    with running(Starlette(routes=[Mount("/", site)])) as address:
        console = Console(open_url(f"{address}/console.html"))
        assert console.page.run_js("return crossOriginIsolated") is False
        console.enter("name = input('Your name? ')")
        console.wait_for("Your name?")
        console.enter("Ada ☃")
        console.wait_until(lambda: console.state == "ready")
        assert console.run("name").endswith("'Ada ☃'")
        statements = (
            "name = input()",
            "import time; time.sleep(60)",
            "import asyncio; await asyncio.sleep(60)",
        )
        for statement in statements:
            console.page.press("l", control=True)
            console.enter(statement)
            console.wait_until(lambda: console.state == "busy")
            console.page.press("c", control=True)
            console.wait_until(lambda: console.state == "ready")
            console.wait_for(">>>")
            assert "KeyboardInterrupt" in console.screen
        assert console.run("'alive'").endswith("'alive'")


def test_much_output_can_be_interrupted(console: Console) -> None:
    console.enter("while True: print('flood')", "")
    console.wait_for("flood")
    # Python may raise the first interrupt where exceptions are only printed; then a user presses
    # Ctrl-C again.
    presses = iter([0.0, 10.0])
    start, due = time.monotonic(), next(presses)

    def is_ready() -> bool:
        nonlocal due
        if time.monotonic() - start >= due:
            console.page.press("c", control=True)
            due = next(presses, float("inf"))
        return console.state == "ready"

    console.wait_until(is_ready)
    assert console.run("'alive'").endswith("'alive'")


def test_restart_forgets_variables(console: Console) -> None:
    console.run("x = 1")
    console.page.run_js("document.getElementById('restart').click();")
    console.wait_until(lambda: "Python starts anew." in console.screen)
    console.wait_until(lambda: console.state == "ready")
    assert "NameError" in console.run("x")


def test_exit_ends_python_and_enter_starts_it_again(console: Console) -> None:
    console.enter("exit()")
    console.wait_for("Press Enter to start Python again.")
    console.enter("")
    console.wait_until(lambda: console.state == "ready")
    assert console.run("1 + 1").endswith("2")


def test_on_a_phone_all_parts_are_visible(site: str) -> None:
    require(not missing(), "no Chromium in PATH: apt-get install chromium chromium-driver")
    with chromium() as driver:
        page = ChromiumPage(driver, "about:blank")
        size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
        driver.get(f"{site}/console.html")
        console = Console(page)
        page.run_js("""
            const bar = document.getElementById("progress");
            window.shown = [];
            new MutationObserver(() => {
                const { top, width, height } = bar.getBoundingClientRect();
                if (!bar.hidden) window.shown.push([top, width, height > 0]);
            }).observe(bar, { attributes: true });
            return null;
        """)
        console.run("import pytz")
        assert page.run_js("return window.shown[0]") == [0, 390, True]
        cut, keys, bar = page.run_js("""
            const boxes = document.querySelectorAll("html, button");
            const cut = Array.from(boxes).filter((box) => box.scrollWidth > box.clientWidth);
            const keys = document.querySelector("footer").getBoundingClientRect();
            return [
                cut.map((box) => box.textContent),
                keys.height > 30 && keys.bottom <= 844,
                document.getElementById("progress").hidden,
            ];
        """)
        assert (cut, keys, bar) == ([], True, True)
        page.screenshot(BUILD_DIR / "screenshots" / "console-390.png")
