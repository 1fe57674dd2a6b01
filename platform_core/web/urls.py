"""Pages of the web part."""

from django.urls import URLPattern, URLResolver, path

from platform_core.web import gallery, plotly, views

app_name = "web"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.HomePage.as_view(), name="home"),
    path("search/", views.SearchPage.as_view(), name="search"),
    path("ui/", gallery.GalleryPage.as_view(), name="gallery"),
    path("static-plotly/<str:version>/plotly.min.js", plotly.LibraryView.as_view(), name="plotly"),
]
