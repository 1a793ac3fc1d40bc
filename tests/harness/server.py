"""How does an ASGI application run beside a test, on a free port of the loopback interface?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from conda_emscripten.serve import Files, create_app, listen


def site(build_dir: Path, **folders: Path) -> Starlette:
    """The served build, with further folders at `/<name>/`."""
    mounts = [Mount(f"/{name}", Files(directory=path)) for name, path in folders.items()]
    return Starlette(routes=[*mounts, Mount("/", create_app(build_dir))])


@contextmanager
def running(app: ASGIApp) -> Iterator[str]:
    """Serve `app` in a thread; yields its address without a slash at the end."""
    listener = listen("127.0.0.1", 0)  # connections queue here until uvicorn accepts them
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
