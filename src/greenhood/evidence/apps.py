from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "greenhood.evidence"
    label = "evidence"
    verbose_name = "文件与照片"
