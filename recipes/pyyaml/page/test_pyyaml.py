"""Does PyYAML read and write, by itself and with libyaml, in a browser and under Node?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.programs import Evaluate


@pytest.mark.parametrize("loader", ["SafeLoader", "CSafeLoader"])
def test_a_configuration_is_read(evaluate: Evaluate, loader: str) -> None:
    def program(loader: str) -> Any:
        import yaml

        text = """
defaults: &defaults
  retries: 3
  when: 2021-04-02
  names: [Ærø, "tab\\t", 'it''s']
jobs:
  - <<: *defaults
    retries: 0o17
    script: |
      make
      make install
  - {"empty": , "float": 1.5e+3, "yes": yes, "hex": 0xff, "list": [a, b]}
  - folded: >-
      one
      line
"""
        loaded = yaml.load(text, getattr(yaml, loader))
        loaded["defaults"]["when"] = loaded["defaults"]["when"].isoformat()
        shared = loaded["jobs"][0]["names"] is loaded["defaults"]["names"]
        del loaded["jobs"][0]["when"]
        return [loaded, shared]

    outcome = evaluate(program, loader)
    defaults = {"retries": 3, "when": "2021-04-02", "names": ["Ærø", "tab\t", "it's"]}
    assert outcome == [
        {
            "defaults": defaults,
            "jobs": [
                {
                    "names": defaults["names"],
                    "retries": "0o17",
                    "script": "make\nmake install\n",
                },
                {"empty": None, "float": 1500.0, "yes": True, "hex": 255, "list": ["a", "b"]},
                {"folded": "one line"},
            ],
        },
        True,
    ]


@pytest.mark.parametrize("dumper", ["SafeDumper", "CSafeDumper"])
def test_data_are_written_as_on_other_platforms(evaluate: Evaluate, dumper: str) -> None:
    def program(dumper: str) -> Any:
        import yaml

        same = [1, 2]
        return yaml.dump(
            {"b": same, "a": same, "c": {"text": "line\nline\n", "é": None, "no": "no"}, "d": 1e20},
            Dumper=getattr(yaml, dumper),
            allow_unicode=True,
            sort_keys=False,
        )

    outcome = evaluate(program, dumper)
    assert outcome == (
        "b: &id001\n- 1\n- 2\na: *id001\nc:\n  text: 'line\n\n    line\n\n    '\n  é: null\n"
        "  'no': 'no'\nd: 1.0e+20\n"
    )


@pytest.mark.parametrize("loader", ["SafeLoader", "CSafeLoader"])
def test_an_error_has_its_line(evaluate: Evaluate, loader: str) -> None:
    def program(loader: str) -> Any:
        import yaml

        try:
            yaml.load("a: 1\nb: [1, 2\nc: 3\n", getattr(yaml, loader))
        except yaml.MarkedYAMLError as error:
            result = [type(error).__name__, error.problem_mark and error.problem_mark.line]
        return result

    outcome = evaluate(program, loader)
    assert outcome == ["ParserError", 2]


def test_libyaml_reads_and_writes_as_python_does(evaluate: Evaluate) -> None:
    def program() -> Any:
        import yaml

        data = [{"key": i, "value": str(i), "nested": {"list": [i, None, 1.5]}} for i in range(300)]
        text = yaml.dump(data, Dumper=yaml.CSafeDumper)
        return [
            yaml.__with_libyaml__,
            text == yaml.dump(data, Dumper=yaml.SafeDumper),
            yaml.load(text, yaml.CSafeLoader) == data == yaml.load(text, yaml.SafeLoader),
            issubclass(yaml.CSafeLoader, yaml._yaml.CParser),
        ]

    assert evaluate(program) == [True] * 4
