"""Zoom's JSON of sessions, participants, sharing, satisfaction and summaries.

The rules are those of `backrow.zoom.wire`. A webinar's struct and its meeting
twin share what they share by inheritance.
"""

from __future__ import annotations

from msgspec import UNSET, field

from backrow.zoom.wire import (
    Count,
    Flag,
    Measure,
    Number,
    Page,
    ParticipantFacts,
    Text,
    Wire,
)


class CustomKey(Wire, frozen=True, kw_only=True):
    """A key and value that the session's maker gave it."""

    key: Text = None
    value: Text = None


class TrackingField(Wire, frozen=True, kw_only=True):
    """A field and value that the account tracks meetings by."""

    field: Text = None
    value: Text = None


class SessionFacts(Wire, frozen=True, kw_only=True):
    """One occurrence of a webinar or meeting; the part both share."""

    uuid: Text = None
    """This occurrence."""
    id: Number = None
    """The number, which recurring occurrences share."""
    topic: Text = None
    host: Text = None
    email: Text = None
    """The host's."""
    user_type: Text = None
    """The host's licence."""
    dept: Text = None
    """The host's department."""
    start_time: Text = None
    end_time: Text = None
    """Absent or empty while live."""
    duration: Text = None
    """``hh:mm:ss``, or ``mm:ss`` below an hour."""
    participants: Count = None
    has_pstn: Flag = None
    has_voip: Flag = None
    has_3rd_party_audio: Flag = None
    has_video: Flag = None
    has_screen_share: Flag = None
    has_recording: Flag = None
    has_sip: Flag = None
    has_archiving: Flag = None
    has_manual_captions: Flag = None
    has_automated_captions: Flag = None
    has_poll: Flag = None
    has_survey: Flag = None
    has_external_participant: Flag = None
    """Added by Zoom in June 2026."""
    audio_quality: Text = None
    """Zoom's word: good, fair, poor or bad; so the next two."""
    video_quality: Text = None
    screen_share_quality: Text = None
    custom_keys: list[CustomKey] | None = None


class Webinar(SessionFacts, frozen=True, kw_only=True):
    """A webinar, from the list or asked for alone."""


class Meeting(SessionFacts, frozen=True, kw_only=True):
    """A meeting, from the list or asked for alone."""

    session_key: Text = None
    tracking_fields: list[TrackingField] | None = None
    in_room_participants: Count = None
    has_meeting_summary: Flag = None
    has_qa: Flag = None
    avg_jointime_cost: Measure = UNSET
    """Seconds that joining took, on average."""


class WebinarList(Page, frozen=True, kw_only=True):
    """A page of the webinars of a period."""

    from_: Text = field(default=None, name="from")
    to: Text = None
    webinars: list[Webinar] | None = None


class MeetingList(Page, frozen=True, kw_only=True):
    """A page of the meetings of a period."""

    from_: Text = field(default=None, name="from")
    to: Text = None
    meetings: list[Meeting] | None = None


class AudioCall(Wire, frozen=True, kw_only=True):
    """A telephone call by which a participant hears and speaks."""

    call_number: Number = None
    call_type: Text = None
    """call-in or call-out."""
    zoom_number: Number = None


class Participant(ParticipantFacts, frozen=True, kw_only=True):
    """A webinar's participant in the participants list: one stay of one person."""

    role: Text = None
    """host, panelist or attendee."""
    participant_user_id: Text = None
    registrant_id: Text = None
    """Only if asked for by `include_fields`, and never while live."""
    customer_key: Text = None
    bo_mtg_id: Text = None
    """Breakout room."""
    leave_reason: Text = None
    """A sentence, which may hold HTML."""
    audio_quality: Text = None
    """Zoom's word: good, fair, poor, bad or empty; so the next two."""
    video_quality: Text = None
    screen_share_quality: Text = None
    microphone: Text = None
    speaker: Text = None
    audio_call: list[AudioCall] | None = None
    sip_uri: Text = None
    from_sip_uri: Text = None


class MeetingParticipant(Participant, frozen=True, kw_only=True):
    """A meeting's participant in the participants list: one stay of one person."""

    camera: Text = None
    in_room_participants: Count = None
    status: Text = None
    """in_meeting or in_waiting_room."""
    total_jointime_cost: Measure = UNSET
    """Seconds that joining took."""
    aic_disclaimer: Text = None


class ParticipantList(Page, frozen=True, kw_only=True):
    """A page of the participants of a webinar."""

    webinar_number: Number = None
    participants: list[Participant] | None = None


class MeetingParticipantList(Page, frozen=True, kw_only=True):
    """A page of the participants of a meeting."""

    meeting_number: Number = None
    participants: list[MeetingParticipant] | None = None


class SharingDetail(Wire, frozen=True, kw_only=True):
    """One thing that a participant shared, from when to when."""

    content: Text = None
    start_time: Text = None
    end_time: Text = None


class SharingParticipant(Wire, frozen=True, kw_only=True):
    """What one participant shared."""

    id: Text = None
    user_id: Number = None
    user_name: Text = None
    details: list[SharingDetail] | None = None


class SharingPage(Page, frozen=True, kw_only=True):
    """A page of who shared what."""

    participants: list[SharingParticipant] | None = None


class Feedback(Wire, frozen=True, kw_only=True):
    """What one participant said about the session at its end."""

    date_time: Text = None
    email: Text = None
    quality: Text = None
    """GOOD or NOT GOOD."""
    user_id: Number = None
    comment: Text = None


class SatisfactionPage(Page, frozen=True, kw_only=True):
    """A page of what the participants said."""

    participants: list[Feedback] | None = None


class SummaryDetails(Wire, frozen=True, kw_only=True, gc=False):
    """Least, average and most of one stream, or of the machine, over a whole stay.

    The last five fields come in events only.
    """

    min_bitrate: Measure = UNSET
    avg_bitrate: Measure = UNSET
    max_bitrate: Measure = UNSET
    min_latency: Measure = UNSET
    avg_latency: Measure = UNSET
    max_latency: Measure = UNSET
    min_jitter: Measure = UNSET
    avg_jitter: Measure = UNSET
    max_jitter: Measure = UNSET
    min_loss: Measure = UNSET
    avg_loss: Measure = UNSET
    max_loss: Measure = UNSET
    resolution: Measure = UNSET
    min_frame_rate: Measure = UNSET
    avg_frame_rate: Measure = UNSET
    max_frame_rate: Measure = UNSET
    zoom_min_cpu_usage: Measure = UNSET
    zoom_avg_cpu_usage: Measure = UNSET
    zoom_max_cpu_usage: Measure = UNSET
    system_max_cpu_usage: Measure = UNSET
    system_min_cpu_pressure_level: Measure = UNSET
    system_avg_cpu_pressure_level: Measure = UNSET
    system_max_cpu_pressure_level: Measure = UNSET
    quality: Text = None
    """Zoom's word: good, fair, poor or bad."""
    quality_score: Measure = UNSET
    """Zoom's own score, 1 to 5, as text."""
    max_rssi: Measure = UNSET
    avg_rssi: Measure = UNSET
    min_rssi: Measure = UNSET
    rssi_unit: Text = None


class SummaryItem(Wire, frozen=True, kw_only=True, gc=False):
    """The summary of one stream (`type` is its key), or of the machine."""

    type: Text = None
    details: SummaryDetails | None = None


class SummaryParticipant(Wire, frozen=True, kw_only=True):
    """The QoS summary of one participant's stay."""

    participant_id: Number = None
    """What other answers call `user_id`."""
    id: Text = None
    user_name: Text = None
    email: Text = None
    qos: list[SummaryItem] | None = None


class QosSummaryPage(Page, frozen=True, kw_only=True):
    """A page of QoS summaries."""

    participants: list[SummaryParticipant] | None = None


class QualityCounts(Wire, frozen=True, kw_only=True, gc=False):
    """How many meetings or participants Zoom put in each band."""

    good: Count = None
    fair: Count = None
    poor: Count = None
    bad: Count = None


class QualityByMedium(Wire, frozen=True, kw_only=True):
    """The counts of each medium."""

    audio: QualityCounts | None = None
    video: QualityCounts | None = None
    screen_share: QualityCounts | None = None


class QualityAnswer(Wire, frozen=True, kw_only=True):
    """The account's meeting quality over a period."""

    from_: Text = field(default=None, name="from")
    to: Text = None
    quality: QualityByMedium | None = None
