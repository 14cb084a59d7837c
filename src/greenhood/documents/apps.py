from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "greenhood.documents"
    label = "documents"
    verbose_name = "文书"
