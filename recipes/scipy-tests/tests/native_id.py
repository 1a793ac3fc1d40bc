"""For SciPy's suite, which names files by a thread's native id; without threads Python has none."""

import threading

if not hasattr(threading, "get_native_id"):
    threading.get_native_id = threading.get_ident
