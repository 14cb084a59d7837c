from django.urls import path

from greenhood.reporting import views

app_name = "reporting"

urlpatterns = [
    path("", views.reports, name="reports"),
    path("plan/", views.plan, name="plan"),
    path("completeness/<int:code>/", views.completeness, name="completeness"),
    path("completeness/<int:code>/export/", views.export, name="export"),
    path("<uuid:pk>/", views.report, name="report"),
    path("<uuid:pk>/file/", views.file, name="file"),
    path("<uuid:pk>/receive/", views.receive, name="receive"),
    path("<uuid:pk>/extend/", views.extend, name="extend"),
    path("<uuid:pk>/filed/<int:number>/", views.filing, name="filing"),
]
