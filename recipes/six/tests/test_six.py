"""Does six work where it is installed: values, lazily imported moves, metaclasses, exceptions?"""

import sys
from importlib.metadata import version

import six
from six.moves import configparser, reduce
from six.moves.urllib.parse import urlencode

assert version("six") == six.__version__
assert six.PY3 and not six.PY2
assert six.string_types == (str,) and six.integer_types == (int,)
assert sys.maxsize == six.MAXSIZE
assert six.ensure_text(b"caf\xc3\xa9") == "caf\u00e9" and six.int2byte(255) == b"\xff"

assert reduce(lambda a, b: a + b, range(5)) == 10
assert configparser.ConfigParser.__module__ == "configparser"
assert urlencode({"a": "b c"}) == "a=b+c"


class Meta(type):
    pass


@six.add_metaclass(Meta)
class Decorated:
    pass


class Derived(six.with_metaclass(Meta)):
    pass


assert type(Decorated) is Meta and type(Derived) is Meta

try:
    try:
        raise KeyError("inner")
    except KeyError as error:
        six.raise_from(ValueError("outer"), error)
except ValueError as error:
    assert isinstance(error.__cause__, KeyError)
else:
    raise AssertionError("raise_from() did not raise")
