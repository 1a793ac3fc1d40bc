"""Is inserted text escaped, and by the compiled function?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_text_inserted_into_markup_is_escaped(evaluate: Evaluate) -> None:
    def program() -> Any:
        import markupsafe
        from markupsafe import Markup, escape

        return {
            "by": markupsafe._escape_inner.__module__,  # type: ignore[attr-defined]
            "escaped": str(escape("<a title=\"x\">Tom & 'Jerry' \N{SNOWMAN}</a>")),
            "once": str(escape(escape("<"))),
            "inserted": str(Markup("<em>%s</em>") % "<script>"),
            "joined": str(Markup(", ").join(["<", Markup("<br>")])),
            "text": Markup("<p>a &lt; b</p>").striptags(),
        }

    outcome = evaluate(program)
    assert outcome == {
        "by": "markupsafe._speedups",
        "escaped": "&lt;a title=&#34;x&#34;&gt;Tom &amp; &#39;Jerry&#39; \N{SNOWMAN}&lt;/a&gt;",
        "once": "&lt;",
        "inserted": "<em>&lt;script&gt;</em>",
        "joined": "&lt;, <br>",
        "text": "a < b",
    }
