"""The pages of history. They stand here since history itself knows neither people nor what a post may read."""

from django.urls import path

from greenhood.accounts.views import audit

app_name = "history"

urlpatterns = [
    path("", audit.entries, name="list"),
    path("export/", audit.export, name="export"),
]
