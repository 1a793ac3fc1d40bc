"""Do decorators and wrappers of wrapt stay transparent, in their compiled form?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_a_decorator_preserves_the_signature_and_gets_the_instance(evaluate: Evaluate) -> None:
    def program() -> Any:
        import inspect

        import wrapt

        @wrapt.decorator
        def logged(wrapped, instance, args, kwargs):
            calls.append([wrapped.__name__, type(instance).__name__, list(args)])
            return wrapped(*args, **kwargs)

        calls: list[Any] = []

        class Account:
            @logged
            def pay(self, amount, currency="EUR"):
                "Pays."
                return f"{amount} {currency}"

            @logged
            @classmethod
            def open(cls):
                return cls()

        @logged
        def twice(x: int) -> int:
            return 2 * x

        return {
            "pay": Account.open().pay(5),
            "twice": twice(21),
            "calls": calls,
            "signature": str(inspect.signature(Account.pay)),
            "doc": Account.pay.__doc__,
            "compiled": wrapt.ObjectProxy.__module__ in ("_wrappers", "wrapt._wrappers")
            or "wrapt._wrappers" in __import__("sys").modules,
        }

    outcome = evaluate(program)
    assert outcome == {
        "pay": "5 EUR",
        "twice": 42,
        "calls": [["open", "type", []], ["pay", "Account", [5]], ["twice", "NoneType", [21]]],
        "signature": "(self, amount, currency='EUR')",
        "doc": "Pays.",
        "compiled": True,
    }


def test_a_proxy_behaves_as_the_wrapped_object(evaluate: Evaluate) -> None:
    def program() -> Any:
        import wrapt

        target = {"a": 1}
        proxy: Any = wrapt.ObjectProxy(target)
        proxy["b"] = 2
        return [isinstance(proxy, dict), target, len(proxy), proxy == target, sorted(proxy)]

    outcome = evaluate(program)
    assert outcome == [True, {"a": 1, "b": 2}, 2, True, ["a", "b"]]
