"""What does a test use instead of PyPI?

This module serves PyPI's JSON API from memory.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.harness.wheels import Wheel


@dataclass
class Index:
    """A package index: ``<address>/pypi/<project>/json``, and wheels at ``<address>/files/<file>``.

    Attributes:
        address: the address of the server.
        requests: the requested paths.
        delay: seconds before a wheel is sent.
        most_at_once: the largest number of wheels that were sent at the same time.
    """

    address: str = ""
    requests: list[str] = field(default_factory=list)
    delay: float = 0
    most_at_once: int = 0
    _wheels: dict[str, Wheel] = field(default_factory=dict)
    _entries: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    _answers: dict[str, bytes] = field(default_factory=dict)
    _now: int = 0

    @property
    def url(self) -> str:
        """The ``index_url`` for micropip."""
        return f"{self.address}/pypi"

    def add(self, *wheels: Wheel, **changed: Any) -> None:
        """Offer wheels; ``changed`` has fields of the JSON API with wrong values."""
        for wheel in wheels:
            self._wheels[wheel.file] = wheel
            self._entries.setdefault(wheel.project, {})[wheel.file] = {
                "filename": wheel.file,
                "url": f"../../files/{wheel.file}",  # some mirrors have relative addresses
                "packagetype": "bdist_wheel",
                "digests": {"sha256": wheel.sha256},
                "requires_python": wheel.requires_python,
                "yanked": False,
                **changed,
            }

    def answer(self, project: str, content: bytes) -> None:
        """Answer with another text than the JSON API's."""
        self._answers[project] = content

    def at(self, wheel: Wheel) -> str:
        """The address of a wheel, which this call adds to the server but not to the API."""
        self._wheels[wheel.file] = wheel
        return f"{self.address}/files/{wheel.file}"

    def app(self) -> Starlette:
        """The application to serve."""
        return Starlette(
            routes=[
                Route("/pypi/{project}/json", self._project),
                Route("/files/{file}", self._file),
            ],
            middleware=[Middleware(CORSMiddleware, allow_origins=["*"])],
        )

    async def _project(self, request: Request) -> Response:
        self.requests.append(request.url.path)
        name = request.path_params["project"]
        if name in self._answers:
            return Response(self._answers[name], media_type="application/json")
        if name not in self._entries:
            raise HTTPException(404)
        releases: dict[str, list[dict[str, Any]]] = {}
        for file, entry in self._entries[name].items():
            releases.setdefault(file.split("-")[1], []).append(entry)
        return JSONResponse(
            {
                "info": {"name": name, "version": max(releases)},
                "releases": releases,
                "urls": releases[max(releases)],
            }
        )

    async def _file(self, request: Request) -> Response:
        self.requests.append(request.url.path)
        wheel = self._wheels.get(request.path_params["file"])
        if wheel is None:
            raise HTTPException(404)
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        await asyncio.sleep(self.delay)
        self._now -= 1
        return Response(wheel.content, media_type="application/octet-stream")
