"""Public door of web: bases of pages and REST views, paging, problems, navigation, home page, charts."""

from platform_core.web.charts import Axis, Chart, Trace
from platform_core.web.navigation import Application, Tab, applications, register_application
from platform_core.web.overview import (
    Activity,
    Figure,
    Hit,
    register_activity,
    register_figure,
    register_search,
)
from platform_core.web.pages import Page
from platform_core.web.rest.json import BoundedJSONParser, is_deep
from platform_core.web.rest.pagination import page
from platform_core.web.rest.parsing import body_of, query_of
from platform_core.web.rest.problems import answer as problem
from platform_core.web.rest.views import ApiView
from platform_core.web.tracing import Tracing, carried, traceparent
from platform_core.web.versions import VersionDoors, version_routes
from platform_core.web.words import filesize, number, percent

__all__ = [
    "Activity",
    "ApiView",
    "Application",
    "Axis",
    "BoundedJSONParser",
    "Chart",
    "Figure",
    "Hit",
    "Page",
    "Tab",
    "Trace",
    "Tracing",
    "VersionDoors",
    "applications",
    "body_of",
    "carried",
    "filesize",
    "is_deep",
    "number",
    "page",
    "percent",
    "problem",
    "query_of",
    "register_activity",
    "register_application",
    "register_figure",
    "register_search",
    "traceparent",
    "version_routes",
]
