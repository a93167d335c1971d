"""The API described: an OpenAPI document, and a page that shows it without any other server.

Requests and responses come from the table of operations; nothing is written twice. The page's
files are in `docs/`, whose README says whose they are.
"""

from collections.abc import Mapping
from importlib import metadata
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

TITLE = "rooftree"
SCHEMAS = "#/components/schemas/{model}"
"""Where a document keeps the models that its requests and responses refer to."""
SECURITY = {"key": {"type": "http", "scheme": "bearer"}}
ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "code", "param"],
            "properties": {
                "message": {"type": "string", "description": "What happened and what to do."},
                "code": {"type": "string"},
                "param": {
                    "type": ["string", "null"],
                    "description": "The field of the request that is to blame.",
                },
            },
        }
    },
}
FAILED: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "Why there is no answer",
        "content": {"application/json": {"schema": {"$ref": SCHEMAS.format(model="Error")}}},
    }
}
"""What every route may answer besides; below /v1 an error has OpenAI's `type`, too."""
ASSETS = {
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
}
"""The files that the page loads, with their types."""
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; "
    "base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""The page may load its own files and ask this server, and nobody may frame it."""


def document_of(routes: FastAPI, definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Return the OpenAPI document of an application.

    `definitions` are the models that requests refer to, by name.
    """
    document: dict[str, Any] = routes.openapi()
    document["info"] = {"title": TITLE, "version": metadata.version(TITLE)}
    components = document.setdefault("components", {})
    components["schemas"] = {**definitions, **components.get("schemas", {}), "Error": ERROR}
    components["securitySchemes"] = SECURITY
    document["security"] = [{"key": []}]
    return document


def add_documentation(routes: FastAPI, definitions: Mapping[str, Any]) -> None:
    """Add `/openapi.json` and `/docs`, for whoever may come in at all."""
    router: APIRouter = routes.router
    place = files("server.http") / "docs"

    async def document() -> Response:
        return JSONResponse(document_of(routes, definitions))

    async def page() -> Response:
        return Response(
            (place / "page.html").read_bytes(), headers=PAGE_HEADERS, media_type="text/html"
        )

    async def asset(name: str) -> Response:
        if name not in ASSETS:
            raise HTTPException(404, f"the page has no file {name[:100]!r}")
        content = (place / name).read_bytes()
        return Response(content, headers=PAGE_HEADERS, media_type=ASSETS[name])

    router.add_api_route("/openapi.json", document, include_in_schema=False)
    router.add_api_route("/docs", page, include_in_schema=False)
    router.add_api_route("/docs/{name}", asset, include_in_schema=False)
