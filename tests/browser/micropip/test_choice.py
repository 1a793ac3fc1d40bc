"""Which versions does micropip choose from an index?"""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.harness.index import Index
from tests.harness.micropip import install, refuses, version
from tests.harness.page import Page
from tests.harness.wheels import Wheel, make_wheel


def test_real_projects_are_installed_with_their_requirements(
    page: Page, index: Index, real: Callable[[str], Wheel]
) -> None:
    for file in ("markdown_it_py-4.3.0-py3-none-any.whl", "mdurl-0.1.2-py3-none-any.whl"):
        index.add(real(file))
    install(page, index, "markdown-it-py")
    assert (
        page.run_python("""
        from markdown_it import MarkdownIt
        MarkdownIt().render("*micropip* [works](https://example.com/a b)")
    """)
        == "<p><em>micropip</em> [works](https://example.com/a b)</p>\n"
    )
    assert version(page, "mdurl") == "0.1.2"


def test_extras_and_markers_choose_among_the_requirements(page: Page, index: Index) -> None:
    index.add(
        make_wheel(
            "marked",
            requires=[
                'marked-here; sys_platform == "emscripten" and python_version >= "3"',
                'marked-elsewhere; sys_platform == "win32"',
                'marked-extra>1; extra == "Some_Extra"',
                'marked-other; extra == "other"',
            ],
        ),
        make_wheel("marked-here"),
        make_wheel("marked-extra", "1.0"),
        make_wheel("marked-extra", "2.0", requires=["marked"]),  # a cycle
        make_wheel("marked-both"),
    )
    install(
        page,
        index,
        "Marked[some-extra] >= 1 ; python_version > '3.0'",
        "marked-both; platform_system == 'Emscripten'",
        "no-such-project; python_version < '3'",
    )
    versions = [
        version(page, project)
        for project in ("marked", "marked-here", "marked-extra", "marked-both", "marked-elsewhere")
    ]
    assert versions == ["1.0", "1.0", "2.0", "1.0", None]
    # An extra can be added later.
    index.add(make_wheel("marked-other"))
    install(page, index, "marked[other]")
    assert version(page, "marked-other") == "1.0"


def test_the_newest_version_that_fits_is_chosen(page: Page, index: Index) -> None:
    index.add(
        make_wheel("choice", "1.9"),
        make_wheel("choice", "1.10"),
        make_wheel("choice", "2.0rc1"),
        make_wheel("choice", "3.0", requires_python=">=4"),
        make_wheel("choice", "3.1", requires_python="<3"),
        make_wheel("choice", "3.2", tag="py2-none-any"),
        make_wheel("choice", "3.3", tag="cp313-cp313-manylinux_2_17_x86_64"),
    )
    index.add(make_wheel("choice", "1.11"), yanked=True)
    install(page, index, "choice")
    assert version(page, "choice") == "1.10"


def test_yanked_versions_and_prereleases_must_be_named(page: Page, index: Index) -> None:
    index.add(make_wheel("named", "1.0"), make_wheel("early", "1.0"), make_wheel("early", "2.0b1"))
    index.add(make_wheel("named", "1.1"), yanked=True)
    index.add(make_wheel("only-early", "0.1.dev3"))
    install(page, index, "named==1.1", "early>=2.0b1", "only-early")
    found = [version(page, project) for project in ("named", "early", "only-early")]
    assert found == ["1.1", "2.0b1", "0.1.dev3"]


def test_a_narrower_requirement_of_a_later_package_counts(page: Page, index: Index) -> None:
    index.add(
        make_wheel("wide", requires=["middle"]),
        make_wheel("narrow", requires=["between"]),
        make_wheel("between", requires=["middle<2"]),
        make_wheel("middle", "1.0"),
        make_wheel("middle", "2.0"),
    )
    install(page, index, "wide", "narrow")
    assert [version(page, project) for project in ("narrow", "middle")] == ["1.0", "1.0"]


def test_wheels_are_downloaded_in_parallel(page: Page, index: Index) -> None:
    names = [f"parallel-{number}" for number in range(4)]
    index.add(*(make_wheel(name) for name in names), make_wheel("parallel", requires=names))
    index.delay, index.most_at_once = 0.3, 0
    try:
        install(page, index, "parallel")
    finally:
        index.delay = 0
    assert index.most_at_once == 4


def test_an_index_may_list_only_the_newest_version(page: Page, index: Index) -> None:
    wheel = make_wheel("unlisted")
    entry = {
        "filename": wheel.file,
        "url": index.at(wheel),
        "digests": {"sha256": wheel.sha256},
        "requires_python": None,
    }
    index.answer("unlisted", json.dumps({"urls": [entry]}).encode())
    install(page, index, "unlisted")
    assert version(page, "unlisted") == "1.0"


def test_a_conflict_names_both_sides(page: Page, index: Index) -> None:
    index.add(
        make_wheel("one-side", requires=["contested<2"]),
        make_wheel("other-side", requires=["contested>=2"]),
        make_wheel("contested", "1.0"),
        make_wheel("contested", "2.0"),
    )
    message = refuses(page, index, "one-side", "other-side")
    assert message.startswith("Can't find a pure Python 3 wheel for 'contested")
    assert "<2" in message
    assert ">=2" in message
    message = refuses(page, index, "contested", "contested>=3")
    assert message.startswith("Can't find a pure Python 3 wheel for 'contested>=3'.")
