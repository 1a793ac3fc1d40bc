"""For SciPy's suite, which makes names of files of a thread's native id; without threads Python has none."""

import threading

if not hasattr(threading, "get_native_id"):
    threading.get_native_id = threading.get_ident
