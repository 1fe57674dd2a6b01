"""Serves plotly.min.js from the plotly package's own file, compressed once per process, cached for a year."""

import gzip
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views import View


@lru_cache(maxsize=1)
def library() -> tuple[bytes, bytes]:
    """Return the file, plain and gzipped, without importing the package (its import takes seconds).

    Raises:
        ModuleNotFoundError: plotly is not installed.
    """
    spec = find_spec("plotly")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("plotly", name="plotly")
    plain = (Path(spec.submodule_search_locations[0]) / "package_data/plotly.min.js").read_bytes()
    return plain, gzip.compress(plain, 6, mtime=0)


@lru_cache(maxsize=1)
def address() -> str:
    """Return the address of the library; it carries the version, so it may be cached for ever."""
    return reverse("web:plotly", kwargs={"version": version("plotly")})


class LibraryView(View):
    """Answers the library to anybody, as static files are; the version in the address is a cache key only."""

    is_public = True
    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest, version: str) -> HttpResponse:
        """Answer the library, compressed for browsers that take it."""
        plain, zipped = library()
        accepts = "gzip" in request.headers.get("Accept-Encoding", "")
        response = HttpResponse(
            zipped if accepts else plain, content_type="text/javascript; charset=utf-8"
        )
        if accepts:
            response["Content-Encoding"] = "gzip"
        response["Vary"] = "Accept-Encoding"
        response["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
