"""Does tomllib read what tomli_w wrote, and get the same?"""

import datetime
import tomllib

import tomli_w

document = {
    "title": 'quotes " and \\ and \u00e9',
    "numbers": [1, -2.5, float("inf"), 10**17],
    "when": datetime.datetime(2026, 11, 26, 1, 2, 3, 456, tzinfo=datetime.UTC),
    "day": datetime.date(2026, 11, 26),
    "table": {"a b": {"deep": True, "empty": {}}, "inline": [{"x": 1}, {"x": 2, "y": []}]},
}
text = tomli_w.dumps(document)
assert tomllib.loads(text) == document, text
text = tomli_w.dumps({"text": "one\ntwo\n"}, multiline_strings=True)
assert text == 'text = """\none\ntwo\n"""\n', text
