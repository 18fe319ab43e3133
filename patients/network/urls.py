"""Addresses of organisations, staff, patients and care links."""

from django.urls import path

from patients.network.views import joining, links, organisations, people, sign_ins

app_name = "network"
urlpatterns = [
    path("patients/new/", people.admit, name="admit"),
    path("patients/<str:patient_id>/person/", people.person, name="person"),
    path("patients/<str:patient_id>/team/", links.team, name="team"),
    path("patients/<str:patient_id>/team/invite/", links.invite, name="team-invite"),
    path("patients/<str:patient_id>/team/accept/", links.accept, name="team-accept"),
    path("patients/<str:patient_id>/team/hand-over/", links.hand_over, name="hand-over"),
    path("patients/<str:patient_id>/team/<str:organisation_id>/end/", links.end, name="team-end"),
    path("patients/<str:patient_id>/records/", joining.records, name="records"),
    path("patients/<str:patient_id>/records/<str:other_id>/join/", joining.join, name="records-join"),
    path("patients/<str:patient_id>/records/<str:other_id>/part/", joining.part, name="records-part"),
    path("patients/<str:patient_id>/sign-ins/", sign_ins.sign_ins, name="sign-ins"),
    path("organisation/", organisations.own, name="own"),
    path("organisation/stand-in/", links.stand_in, name="stand-in"),
    path("on-call/", organisations.rota, name="rota"),
    path("organisations/", organisations.directory, name="organisations"),
    path("organisations/new/", organisations.new, name="organisation-new"),
    path("organisations/<str:organisation_id>/", organisations.organisation, name="organisation"),
    path("organisations/<str:organisation_id>/details/", organisations.details, name="organisation-details"),
    path("organisations/<str:organisation_id>/address/", organisations.address, name="organisation-address"),
    path("organisations/<str:organisation_id>/staff/new/", organisations.new_colleague, name="colleague-new"),
    path("organisations/<str:organisation_id>/staff/<str:colleague_id>/", organisations.colleague, name="colleague"),
]
