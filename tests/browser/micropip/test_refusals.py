"""Is a damaged wheel or index refused, without writing any file?"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.harness.index import Index
from tests.harness.micropip import install, refuses, version
from tests.harness.page import Page
from tests.harness.wheels import Wheel, make_wheel


def test_a_wheel_with_another_digest_is_refused(page: Page, index: Index) -> None:
    wheel = make_wheel("tampered")
    index.add(wheel, digests={"sha256": "0" * 64})
    index.add(make_wheel("before-tampered", requires=["tampered", "pytz"]))
    message = refuses(page, index, "before-tampered")
    expected = f"Invalid checksum: expected {'0' * 64}, got {wheel.sha256}"
    assert message == f"{index.address}/files/{wheel.file} is refused. {expected}"
    assert version(page, "before-tampered") is None

    url = index.at(make_wheel("fragment"))
    assert "is refused. Invalid checksum" in refuses(page, index, f"{url}#sha256={'0' * 64}")
    install(page, index, f"fragment @ {url}#sha256={make_wheel('fragment').sha256}")
    assert version(page, "fragment") == "1.0"


def test_a_project_with_platform_wheels_only_is_refused(page: Page, index: Index) -> None:
    file = make_wheel("compiled", tag="cp313-cp313-manylinux_2_17_x86_64")
    index.add(file, make_wheel("wants-compiled", requires=["compiled"]))
    message = refuses(page, index, "wants-compiled")
    assert message.startswith("Can't find a pure Python 3 wheel for 'compiled'.")
    message = refuses(page, index, index.at(file))
    assert message.startswith("Wheel platform 'manylinux_2_17_x86_64' is not compatible with")


@pytest.mark.parametrize(
    ("requirement", "message"),
    [
        ("", "'' is not a requirement"),
        ("a b", "'a b' is not a requirement"),
        ("a>=", "'a>=' is not a requirement"),
        ("a; b == 'c'", "is not a requirement"),
        ("https://example.com/a-1.0.tar.gz", "a-1.0.tar.gz' is not a requirement"),
        ("a.whl", "Invalid wheel filename (wrong number of parts): 'a'"),
        ("b @ https://example.com/a-1.0-py3-none-any.whl", "is not a wheel of b, but of a"),
        ("http://127.0.0.1:1/a-1.0-py3-none-any.whl", "Can't fetch wheel from 'http://127"),
    ],
)
def test_a_malformed_requirement_is_refused(
    page: Page, index: Index, requirement: str, message: str
) -> None:
    assert message in refuses(page, index, requirement)


@pytest.mark.parametrize(
    ("name", "wheel", "message"),
    [
        ("nozip", lambda _: b"<html>", "File is not a zip file"),
        ("cut", lambda name: make_wheel(name).content[:-30], "is not a valid wheel"),
        (
            "changed",
            lambda name: make_wheel(name, replaced={f"{name}.py": b"evil"}).content,
            "changed.py and its digest in RECORD differ",
        ),
        (
            "added",
            lambda name: make_wheel(name, replaced={"more.py": b""}).content,
            "RECORD has no sha256 of more.py",
        ),
        (
            "lacking",
            lambda name: make_wheel(name, replaced={f"{name}.py": None}).content,
            "lacking.py of RECORD is missing",
        ),
        (
            "outside",
            lambda name: make_wheel(name, files={"../../outside.py": b""}).content,
            "the path '../../outside.py' is not allowed in a wheel",
        ),
        (
            "absolute",
            lambda name: make_wheel(name, files={"/absolute.py": b""}).content,
            "the path '/absolute.py' is not allowed in a wheel",
        ),
        ("other", lambda _: make_wheel("another").content, "METADATA describes another 1.0"),
        (
            "recordless",
            lambda name: make_wheel(name, replaced={f"{name}-1.0.dist-info/RECORD": None}).content,
            "there is no RECORD in recordless-1.0.dist-info",
        ),
        (
            "twofold",
            lambda name: make_wheel(name, files={"b-1.0.dist-info/METADATA": b""}).content,
            "the wheel has 2 .dist-info folders instead of one",
        ),
        (
            "future",
            lambda name: make_wheel(name, requires_python=">=9").content,
            "the wheel needs Python >=9, and this is 3.13",
        ),
        (
            "unclear",
            lambda name: make_wheel(name, requires=["a b"]).content,
            "is not a valid wheel",
        ),
    ],
)
def test_a_damaged_wheel_is_refused(
    page: Page, index: Index, name: str, wheel: Callable[[str], bytes], message: str
) -> None:
    file = f"{name}-1.0-py3-none-any.whl"
    found = refuses(page, index, index.at(Wheel(file, wheel(name))))
    assert message in found
    assert f"{file} is not a valid wheel" in found


def test_a_file_in_the_way_leaves_nothing_behind(page: Page, index: Index) -> None:
    index.add(make_wheel("way-a", files={"way/a.py": b"1", "way_too/x.py": b""}))
    index.add(make_wheel("way-b", files={"way_new/b.py": b"2", "way/a.py": b"2"}))
    index.add(make_wheel("way-c", files={"way/a.py/c.py": b"3"}))
    site = "/lib/python3.13/site-packages"
    for others in (["way-a", "way-b"], ["way-a", "way-c"]):
        assert f"{site}/way/a.py exists already" in refuses(page, index, *others)
    install(page, index, "way-a")
    for other in ("way-b", "way-c"):
        assert f"{site}/way/a.py exists already" in refuses(page, index, other)
    assert page.run_python("open('/lib/python3.13/site-packages/way/a.py').read()") == "1"


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b'{"releases": []}', b'{"urls": [{}]}'])
def test_an_answer_that_is_not_an_index_is_refused(page: Page, index: Index, answer: bytes) -> None:
    index.answer("strange", answer)
    assert "is not an answer of a package index" in refuses(page, index, "strange")


def test_an_index_that_does_not_answer_is_named(page: Page) -> None:
    gone = Index(address="http://127.0.0.1:1")
    message = refuses(page, gone, "pytz<2000")
    assert message.startswith("Can't fetch metadata for 'pytz'.")
    assert "Asked: http://127.0.0.1:1/pypi/pytz/json (TypeError: " in message


def test_a_missing_wheel_is_named(page: Page, index: Index) -> None:
    index.add(make_wheel("vanished"), url="../../files/vanished-9-py3-none-any.whl")
    assert (
        f"{index.address}/files/vanished-9-py3-none-any.whl' (the server answers 404 Not Found)."
    ) in refuses(page, index, "vanished")
