"""Does NumPy report the floating-point errors that it reports on 64-bit Linux?

The test compares the warnings of the expressions in status_cases.py with status_linux.json.
`python test_status.py --save` writes that file: run it with the same version of NumPy on x86-64.
"""

import json
import re
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from status_cases import expressions, names

EXPECTED = Path(__file__).with_name("status_linux.json")
WORDS = ("divide by zero", "overflow", "invalid value", "underflow")

# Expressions with other errors than on Linux.
DIFFERENCES = {
    "Linux also reports an error if an operand is NaN": (
        r"logaddexp\(.*nan|(multiply|divide|reciprocal)\(c16\(.*nan|C16\(\S+\) [*/] C16\(.*nan"
        r"|C16\(nan\S* [*/]"
    ),
    "Linux also reports an error within a calculation that the result does not show": (
        r"logaddexp\(.*(MAX.*MIN|MIN.*MAX)|F2\(1\) % F2\(0\)"
    ),
    "x86-64 converts a long double to int16 first": r"f16\(1, 1e5\).astype\('i1'\)",
}


def reported(expression: str, namespace: dict[str, Any]) -> str:
    """The errors in the warnings, or the name of an exception."""
    with warnings.catch_warnings(record=True) as seen, np.errstate(all="warn", under="ignore"):
        warnings.simplefilter("always")
        try:
            eval(expression, namespace)
        except Exception as error:
            return type(error).__name__
    texts = [str(item.message) for item in seen if issubclass(item.category, RuntimeWarning)]
    return ", ".join(word for word in WORDS if any(word in text for text in texts))


def main() -> int:
    """Compare, or save; the result is the exit code."""
    namespace = names()
    outcome = {text: reported(text, namespace) for text in expressions()}
    if sys.argv[1:] == ["--save"]:
        groups: dict[str, list[str]] = {}
        for text, errors in outcome.items():
            groups.setdefault(errors, []).append(text)
        del groups[""]
        EXPECTED.write_text(json.dumps(groups, indent=0) + "\n")
        return 0
    expected = dict.fromkeys(outcome, "")
    for errors, group in json.loads(EXPECTED.read_text()).items():
        expected |= dict.fromkeys(group, errors)
    wrong = [
        text
        for text, errors in outcome.items()
        if errors != expected[text] and not any(re.search(d, text) for d in DIFFERENCES.values())
    ]
    for text in wrong:
        print(f"{text}: {outcome[text] or 'nothing'}, on Linux {expected[text] or 'nothing'}")
    print(f"{len(outcome) - len(wrong)} of {len(outcome)} expressions are as expected")
    return bool(wrong) or outcome.keys() != expected.keys()


if __name__ == "__main__":
    raise SystemExit(main())
