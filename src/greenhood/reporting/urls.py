from django.urls import path

from greenhood.reporting import views

app_name = "reporting"

urlpatterns = [
    path("", views.reports, name="reports"),
    path("export/", views.export_list, name="export_list"),
    path("plan/", views.plan, name="plan"),
    path("completeness/<int:code>/", views.completeness, name="completeness"),
    path("completeness/<int:code>/export/", views.export, name="export"),
    path("bulletin/<int:code>/", views.bulletin, name="bulletin"),
    path("bulletin/<int:code>/bulletin.<str:kind>", views.bulletin_file, name="bulletin_file"),
    path("<uuid:pk>/", views.report, name="report"),
    path("<uuid:pk>/file/", views.file, name="file"),
    path("<uuid:pk>/receive/", views.receive, name="receive"),
    path("<uuid:pk>/hand-down/", views.hand_down, name="hand_down"),
    path("<uuid:pk>/extend/", views.extend, name="extend"),
    path("<uuid:pk>/filed/<int:number>/", views.filing, name="filing"),
    path("<uuid:pk>/filed/<int:number>/report.<str:kind>", views.filing_file, name="filing_file"),
]
