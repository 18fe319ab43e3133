"""Addresses of consultations. What stands behind the # of an invitation's link never reaches us in an address."""

from django.urls import path

from telecare.consultations.views import guests, notes, rooms, staff

app_name = "consultations"
urlpatterns = [
    path("j/", guests.join, name="join"),
    path("j/knock/", guests.knock, name="knock"),
    path("j/call-me/", guests.call_me, name="call-me"),
    path("j/leave/", guests.leave, name="leave-guest"),
    path("consultations/", staff.waiting_room, name="waiting-room"),
    path("consultations/queue/", staff.queue, name="queue"),
    path("consultations/own/", rooms.own, name="own"),
    path("consultations/new/", staff.offer, name="offer"),
    path("patients/<str:patient_id>/consultation/", staff.start, name="start"),
    path("consultations/invitations/<int:number>/pin/", staff.new_pin, name="new-pin"),
    path("consultations/invitations/<int:number>/cancel/", staff.cancel_invitation, name="cancel-invitation"),
    path("consultations/<str:consultation>/", rooms.room, name="room"),
    path("consultations/<str:consultation>/check/", rooms.check, name="check"),
    path("consultations/<str:consultation>/refuse/", rooms.refuse, name="refuse"),
    path("consultations/<str:consultation>/begin/", staff.begin, name="begin"),
    path("consultations/<str:consultation>/admit/", staff.admit, name="admit"),
    path("consultations/<str:consultation>/end/", staff.end, name="end"),
    path("consultations/<str:consultation>/reopen/", staff.reopen, name="reopen"),
    path("consultations/<str:consultation>/cancel/", staff.cancel, name="cancel"),
    path("consultations/<str:consultation>/medium/", staff.medium, name="medium"),
    path("consultations/<str:consultation>/hand-over/", staff.hand_over, name="hand-over"),
    path("consultations/<str:consultation>/consent/", staff.consent, name="consent"),
    path("consultations/<str:consultation>/invitations/", staff.invitations, name="invitations"),
    path("consultations/<str:consultation>/visitors/", staff.visitors, name="visitors"),
    path("consultations/<str:consultation>/note/", notes.note, name="note"),
    path("consultations/<str:consultation>/note/others/", notes.others, name="note-others"),
    path("consultations/<str:consultation>/draft/", notes.draft, name="draft"),
    path("consultations/<str:consultation>/sign/", notes.sign, name="sign"),
    path("consultations/<str:consultation>/correct/", notes.correct, name="correct"),
    path("consultations/<str:consultation>/order/", notes.order, name="order"),
    path("consultations/<str:consultation>/orders/<str:task>/read-back/", notes.read_back, name="read-back"),
    path("consultations/<str:consultation>/close/", notes.close, name="close"),
]
