from __future__ import annotations

from django.urls import path

from greenhood.coordination.views import duties, meetings, phases, rates, tasks, whistles

app_name = "coordination"

urlpatterns = [
    path("", tasks.tasks, name="tasks"),
    path("export/", tasks.export_tasks, name="export_tasks"),
    path("new/", tasks.new_task, name="new_task"),
    path("duties/", duties.duties_mine, name="duties_mine"),
    path("duties/<int:code>/", duties.matrix, name="duties"),
    path("duties/<int:code>/export/", duties.export_duties, name="export_duties"),
    path("duties/<int:code>/name/", duties.name_duty, name="name_duty"),
    path("phases/", phases.phases_mine, name="phases_mine"),
    path("phases/<int:code>/", phases.phases, name="phases"),
    path("whistles/", whistles.listed, name="whistles"),
    path("whistles/export/", whistles.export_whistles, name="export_whistles"),
    path("whistles/new/", whistles.new_whistle, name="new_whistle"),
    path("whistles/rates/<int:code>/", rates.rates, name="rates"),
    path("whistles/rates/<int:code>/calls/", rates.calls, name="calls"),
    path("whistles/rates/<int:code>/export/", rates.export_rates, name="export_rates"),
    path("whistles/calls/<uuid:pk>/<slug:step>/", whistles.call_step, name="call_step"),
    path("whistles/<uuid:pk>/", whistles.whistle, name="whistle"),
    path("whistles/<uuid:pk>/<slug:step>/", whistles.whistle_step, name="whistle_step"),
    path("meetings/", meetings.listed, name="meetings"),
    path("meetings/export/", meetings.export_meetings, name="export_meetings"),
    path("meetings/new/", meetings.new_meeting, name="new_meeting"),
    path("meetings/invitations/<uuid:pk>/", meetings.answer, name="answer"),
    path("meetings/<uuid:pk>/", meetings.meeting, name="meeting"),
    path("meetings/<uuid:pk>/edit/", meetings.edit_meeting, name="edit_meeting"),
    path("meetings/<uuid:pk>/decide/", meetings.decide, name="decide"),
    path("meetings/<uuid:pk>/minutes.<str:kind>", meetings.minutes, name="minutes"),
    path("meetings/<uuid:pk>/<slug:step>/", meetings.meeting_step, name="meeting_step"),
    path("<uuid:pk>/", tasks.task, name="task"),
    path("<uuid:pk>/<slug:step>/", tasks.task_step, name="task_step"),
]
