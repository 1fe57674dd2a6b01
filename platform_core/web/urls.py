"""Pages of the web part."""

from django.urls import URLPattern, URLResolver, path

from platform_core.web import gallery, plotly, views

app_name = "web"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.HomePage.as_view(), name="home"),
    path("search/", views.SearchPage.as_view(), name="search"),
    path("ui/", gallery.GalleryPage.as_view(), name="gallery"),
    path("preferences/theme/", views.choose_theme, name="theme"),
    path("preferences/language/", views.choose_language, name="language"),
    path("static-plotly/<str:version>/plotly.min.js", plotly.serve, name="plotly"),
]
