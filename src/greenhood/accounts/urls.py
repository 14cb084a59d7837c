from django.urls import path

from greenhood.accounts.views import own, people, session

app_name = "accounts"

urlpatterns = [
    path("sign-in/", session.sign_in, name="sign_in"),
    path("sign-out/", session.sign_out, name="sign_out"),
    path("verify/", session.verify, name="verify"),
    path("switch-post/", session.switch_post, name="switch_post"),
    path("", own.profile, name="profile"),
    path("password/", own.change_password, name="change_password"),
    path("second-factor/", own.enrol, name="enrol"),
    path("second-factor/remove/", own.remove_second_factor, name="remove_second_factor"),
    path("recovery-codes/", own.renew_recovery_codes, name="renew_recovery_codes"),
    path("interests/", own.declare_interest, name="declare_interest"),
    path("people/", people.people, name="people"),
    path("people/new/", people.create, name="create"),
    path("people/import/", people.import_people, name="import"),
    path("people/import/template/", people.template, name="import_template"),
    path("people/export/", people.export, name="export"),
    path("people/<uuid:pk>/", people.person, name="person"),
    path("people/<uuid:pk>/change/", people.change, name="change"),
    path("people/<uuid:pk>/disable/", people.disable, name="disable"),
    path("people/<uuid:pk>/enable/", people.enable, name="enable"),
    path("people/<uuid:pk>/reset-password/", people.reset_password, name="reset_password"),
    path("people/<uuid:pk>/remove-second-factor/", people.remove_second_factor, name="remove_persons_second_factor"),
    path("people/<uuid:pk>/grant/", people.grant, name="grant"),
    path("people/<uuid:pk>/interests/", people.interests, name="interests"),
    path("posts/<uuid:pk>/end/", people.end_post, name="end_post"),
    path("interests/<uuid:pk>/remove/", people.remove_interest, name="remove_interest"),
]
