"""Do traits check, compute and notify?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_a_model_checks_its_types_and_reports_changes(evaluate: Evaluate) -> None:
    def program() -> Any:
        from traits.api import (
            Delegate,
            Enum,
            Float,
            HasTraits,
            Instance,
            List,
            Property,
            Range,
            Str,
            TraitError,
            observe,
        )

        class Shop(HasTraits):
            currency = Enum("EUR", "NOK")
            rebate = Range(0.0, 0.5)

        class Item(HasTraits):
            shop = Instance(Shop, ())
            currency = Delegate("shop")
            name = Str()
            price = Float(10.0)
            tags = List(Str)
            final = Property(observe="price, shop.rebate")

            def _get_final(self):
                return self.price * (1 - self.shop.rebate)

            @observe("final")
            def _note_final(self, event):
                notes.append(["final", event.new])

            @observe("tags.items")
            def _note_tags(self, event):
                notes.append(["tags", list(self.tags)])

        notes: list[Any] = []
        refused = []
        item = Item(name="pen")
        item.price = 20
        item.shop.rebate = 0.25
        item.tags.append("blue")
        for name, value in (("price", "cheap"), ("tags", [1]), ("shop", item)):
            try:
                setattr(item, name, value)
            except TraitError:
                refused.append(name)
        item.shop.currency = "NOK"
        return {
            "notes": notes,
            "refused": refused,
            "currency": item.currency,
            "traits": sorted(item.copyable_trait_names()),
        }

    outcome = evaluate(program)
    assert outcome == {
        "notes": [["final", 20.0], ["final", 15.0], ["tags", ["blue"]]],
        "refused": ["price", "tags", "shop"],
        "currency": "NOK",
        "traits": ["currency", "name", "price", "shop", "tags"],
    }


def test_cycles_of_objects_are_collected(evaluate: Evaluate) -> None:
    def program() -> Any:
        import gc
        import weakref

        from traits.api import Any, HasTraits

        class Node(HasTraits):
            other = Any()

        one, two = Node(), Node()
        one.other, two.other = two, one
        gone = weakref.ref(one)
        one.on_trait_change(lambda: None, "other")
        del one, two
        gc.collect()
        return gone() is None

    outcome = evaluate(program)
    assert outcome is True
