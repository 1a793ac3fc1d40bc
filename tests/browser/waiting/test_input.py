"""Do urllib and input() wait while the page lives?"""

from __future__ import annotations

import pytest

from tests.harness.http_clients import BYTES
from tests.harness.runtime import JavaScriptError, Runtime


def test_urlopen_streams_while_the_page_lives(waiting: Runtime, http_server: str) -> None:
    content, answer, errors, ticks = waiting.run_js(f"""
        define(`
import json
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen
def opens(address):
    with urlopen(address + "/bytes") as response:
        content = list(response.read(3) + response.read())
    request = Request(address + "/echo?a=1", data=b"body", headers={{"X-Question": "1"}})
    answer = json.load(urlopen(request, timeout=30))
    errors = []
    for url in address + "/status/404", "http://127.0.0.1:1/":
        try:
            urlopen(url)
        except URLError as error:
            errors.append(type(error).__name__)
    return json.dumps([content, [answer["method"], answer["body"]], errors])
`);
        let ticks = 0;
        const timer = setInterval(() => ticks++, 1);
        const found = await python("opens").callPromising({http_server!r});
        clearInterval(timer);
        return [...JSON.parse(found), ticks];
    """)
    assert bytes(content) == BYTES
    assert answer == ["POST", "body"]
    assert errors == ["HTTPError", "URLError"]
    assert ticks > 0


def test_input_waits_for_a_promise(waiting: Runtime) -> None:
    assert (
        waiting.run_js("""
        pyodide.setStdin({ stdin: () => turns(10, "Ada") });
        try {
            return await pyodide.runPythonAsync("input('name? ')");
        } finally {
            pyodide.setStdin();
        }
    """)
        == "Ada"
    )


@pytest.mark.parametrize("page", ["today_in_chromium", "today_in_firefox"])
def test_input_waits_for_a_dialog_of_the_page(request: pytest.FixtureRequest, page: str) -> None:
    started: Runtime = request.getfixturevalue(page)
    assert started.run_js("""
        const dialog = document.createElement("dialog");
        dialog.innerHTML = '<form method="dialog"><input name="answer"><button>OK</button></form>';
        document.body.append(dialog);
        const asked = [];
        pyodide.setStdin({
            stdin: () => new Promise((resolve) => {
                asked.push(dialog.open);
                const form = dialog.querySelector("form");
                form.onsubmit = () => resolve(new FormData(form).get("answer"));
                dialog.showModal();
            }),
        });
        try {
            const names = pyodide.runPythonAsync("[input('name? '), input('again? ')]");
            for (const name of ["Ada", "Grace"]) {
                while (!dialog.open) await new Promise((resolve) => setTimeout(resolve, 5));
                dialog.querySelector("input").value = name;
                dialog.querySelector("button").click();
            }
            return [(await names).toJs(), asked];
        } finally {
            pyodide.setStdin();
            dialog.remove();
        }
    """) == [["Ada", "Grace"], [False, False]]


def test_input_that_cannot_wait_is_an_os_error(waiting: Runtime) -> None:
    with pytest.raises(JavaScriptError, match="OSError"):
        waiting.run_js("""
            pyodide.setStdin({ stdin: () => sleep(1, "Ada") });
            try {
                python("input()");
            } finally {
                pyodide.setStdin();
            }
        """)
