"""Errors as machines read them: RFC 9457 problem details."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match

from ..errors import MonitorError, StoreUnavailable, UnknownName, WrongUse
from .guard import Denied


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    model_config = ConfigDict(extra="allow")
    type: str = Field("about:blank", description="a name for the kind of problem")
    title: str
    status: int
    detail: str = ""


RESPONSES: dict[int | str, dict[str, Any]] = {
    code: {"model": Problem, "description": HTTPStatus(code).phrase, "content": {"application/problem+json": {}}}
    for code in (400, 401, 403, 404, 405, 409, 413, 421, 422, 503)
}
"""The problems every route of the API may answer with, for its description."""
KEPT: dict[int | str, dict[str, Any]] = {304: {"description": "Unchanged since the answer with the ETag of If-None-Match"}}
"""What every answer with an ETag may be as well."""


def problem(status: int, title: str, detail: str = "", **more: Any) -> JSONResponse:
    """A problem as an answer."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    headers = {"www-authenticate": 'Bearer realm="monitor"'} if status == 401 else {"retry-after": "60"} if status == 429 else None
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def of_error(error: Exception) -> JSONResponse:
    """The problem that one of our errors is."""
    match error:
        case Denied():
            return problem(error.status, HTTPStatus(error.status).phrase, str(error))
        case UnknownName():
            return problem(404, "There is no such thing", str(error))
        case WrongUse():
            return problem(409, "That cannot be done", str(error))
        case StoreUnavailable():
            return problem(503, "The ledger is out of reach just now", str(error))
        case _:
            return problem(500, "Something is wrong with the monitor", type(error).__name__)


def _allowed(app: FastAPI, request: Request) -> list[str]:
    """Every method that some route takes at this path; routes know only of their own."""
    scopes = {method: {**request.scope, "method": method} for method in ("GET", "POST", "DELETE")}
    return [method for method, scope in scopes.items() if any(route.matches(scope)[0] is Match.FULL for route in app.routes)]


def install(app: FastAPI, page: Callable[[Request, JSONResponse], Response]) -> None:
    """Answer every error as a problem; `page` shows it to a person who asked for a page."""

    async def ours(request: Request, error: Exception) -> Response:
        return page(request, of_error(error))

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        answer = problem(error.status_code, HTTPStatus(error.status_code).phrase, str(error.detail))
        answer.headers.update(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            answer.headers["allow"] = ", ".join(_allowed(app, request))
        return page(request, answer)

    async def wrong(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        said = [{"where": ".".join(map(str, e["loc"])), "what": e["msg"]} for e in error.errors()]
        line = "; ".join(f"{s['where']}: {s['what']}" for s in said)
        return page(request, problem(422, "The request is not right", line, errors=said))

    app.add_exception_handler(MonitorError, ours)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, wrong)
