"""The addresses of a gateway: its hooks, and what operators ask."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

from aiohttp import hdrs, web

from stream.edge.process.places import place_of
from stream.edge.serve.http_headers import json_answer
from stream.gateway.hook import PATH, Hook
from stream.gateway.reception import Reception
from stream.gateway.series import GatewayPage
from stream.gateway.writer import Kafka

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]
_ALLOWED: Final = "GET, HEAD, POST"

log = logging.getLogger(__name__)


class Routes:
    """Handlers over one gateway."""

    def __init__(self, hooks: Mapping[str, Hook], reception: Reception, writer: Kafka, page: GatewayPage) -> None:
        self._hooks = hooks
        self._reception = reception
        self._writer = writer
        self._page = page

    def app(self, *, with_hooks: bool, with_numbers: bool) -> web.Application:
        """An application with these parts, and health."""
        app = web.Application(middlewares=[self._never_500])
        if with_hooks:
            app.router.add_route("*", f"{PATH}{{name}}", self.hook)
        if with_numbers:
            app.router.add_get("/metrics", self.metrics)
        app.router.add_get("/healthz", self.healthz)
        app.router.add_get("/readyz", self.readyz)
        return app

    async def hook(self, request: web.Request) -> web.Response:
        """A delivery; or a look at whether somebody is there, which any vendor may take before it saves a hook."""
        hook = self._hooks.get(request.match_info["name"])
        if hook is None:
            raise web.HTTPNotFound
        if request.method in (hdrs.METH_GET, hdrs.METH_HEAD):
            return web.Response(status=200)
        if request.method != hdrs.METH_POST:
            raise web.HTTPMethodNotAllowed(request.method, _ALLOWED.split(", "))
        return await self._reception.take(hook, request)

    async def metrics(self, request: web.Request) -> web.Response:
        """Prometheus series, as text or OpenMetrics."""
        body, content_type = self._page.page(request.headers.get(hdrs.ACCEPT, ""))
        return web.Response(body=body, headers={hdrs.CONTENT_TYPE: content_type, hdrs.VARY: hdrs.ACCEPT})

    async def healthz(self, _: web.Request) -> web.Response:
        """That the process works at all. A Kafka that is away is no reason to start it again."""
        return json_answer({"healthy": True, "reason": None})

    async def readyz(self, _: web.Request) -> web.Response:
        """Whether deliveries are taken."""
        reasons = []
        if self._reception.ending:
            reasons.append("it ends")
        if self._writer.trouble:
            reasons.append(self._writer.trouble)
        elif self._writer.is_away:
            reasons.append("Kafka does not acknowledge what is written")
        return json_answer({"ready": not reasons, "reasons": reasons}, 503 if reasons else 200)

    @web.middleware
    async def _never_500(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            answer = json_answer({"error": error.reason}, error.status)
            if hdrs.ALLOW in error.headers:
                answer.headers[hdrs.ALLOW] = _ALLOWED
            answer.force_close()
            return answer
        except Exception as error:
            log.error("answering a request failed: %s", place_of(error))
            return self._reception.later("this is a defect; the gateway's log tells more")
