from django.urls import path

from greenhood.reporting.views import bulletins, completeness, evaluations, report, reports, rounds

app_name = "reporting"

urlpatterns = [
    path("", reports.reports, name="reports"),
    path("export/", reports.export_list, name="export_list"),
    path("plan/", reports.plan, name="plan"),
    path("completeness/<int:code>/", completeness.completeness, name="completeness"),
    path("completeness/<int:code>/export/", completeness.export, name="export"),
    path("evaluations/<int:code>/", evaluations.compared, name="evaluations"),
    path("evaluations/<int:code>/export/", evaluations.export, name="evaluations_export"),
    path("bulletin/<int:code>/", bulletins.draft, name="bulletin"),
    path("bulletin/<int:code>/bulletin.<str:kind>", bulletins.draft_file, name="bulletin_file"),
    path("bulletins/", bulletins.listed, name="bulletins"),
    path("bulletins/export/", bulletins.export_listed, name="bulletins_export"),
    path("bulletins/<uuid:pk>/", bulletins.issued, name="issued"),
    path("bulletins/<uuid:pk>/withdraw/", bulletins.withdraw, name="withdraw"),
    path("bulletins/<uuid:pk>/bulletin.<str:kind>", bulletins.issued_file, name="issued_file"),
    path("<uuid:pk>/", report.report, name="report"),
    path("<uuid:pk>/export/", report.export_sheet, name="export_sheet"),
    path("<uuid:pk>/draw-up/", report.draw_up, name="draw_up"),
    path("<uuid:pk>/file/", report.file, name="file"),
    path("<uuid:pk>/withdraw/", report.withdraw, name="withdraw_report"),
    path("<uuid:pk>/receive/", report.receive, name="receive"),
    path("<uuid:pk>/hand-down/", report.hand_down, name="hand_down"),
    path("<uuid:pk>/extend/", report.extend, name="extend"),
    path("<uuid:pk>/carry-out/", rounds.carry_out, name="carry_out"),
    path("<uuid:pk>/take-back/", rounds.take_back, name="take_back"),
    path("<uuid:pk>/filed/<int:number>/", report.filing, name="filing"),
    path("<uuid:pk>/filed/<int:number>/report.<str:kind>", report.filing_file, name="filing_file"),
]
