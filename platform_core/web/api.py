"""Public door of web: bases of pages and REST views, paging, problems, navigation."""

from platform_core.web.navigation import Application, Tab, applications, register_application
from platform_core.web.pages import Page
from platform_core.web.rest.pagination import page
from platform_core.web.rest.views import ApiView

__all__ = ["ApiView", "Application", "Page", "Tab", "applications", "page", "register_application"]
