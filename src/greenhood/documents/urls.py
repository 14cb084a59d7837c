from django.urls import path

from greenhood.documents import views

app_name = "documents"
urlpatterns = [
    path("declarations/<uuid:pk>/", views.declaration_forms, name="declaration"),
    path("declarations/<uuid:pk>/<slug:key>.<str:kind>", views.form_of_declaration, name="form_of_declaration"),
    path("assessments/<uuid:pk>/score-sheet.<str:kind>", views.form_of_assessment, name="form_of_assessment"),
]
