from django.urls import path

from greenhood.site import division_changes, division_lists, scheme_publishing, views

app_name = "site"

urlpatterns = [
    path("", views.home, name="home"),
    path("portal/", views.public_portal, name="portal"),
    path("workbench/", views.workbench, name="workbench"),
    path("menu/", views.menu, name="menu"),
    path("search/", views.search, name="search"),
    path("place/<int:code>/siblings/", views.siblings, name="siblings"),
    path("large-type/", views.large_type, name="large_type"),
    path("publish-scheme/", scheme_publishing.publish_scheme, name="publish-scheme"),
    path("divisions/changes/", division_changes.division_changes, name="division-changes"),
    path("divisions/changes/upload/", division_lists.upload_divisions, name="division-upload"),
    path("divisions/changes/decide/", division_changes.decide_division_changes, name="decide-division-changes"),
    path("divisions/changes/<uuid:pk>/successor/", division_changes.division_successor, name="division-successor"),
    path("components/", views.components, name="components"),
]
