"""Zoom's JSON of QSS webhooks, and EVENTS: which struct reads which event.

The rules are those of `backrow.zoom.wire`. REST has one object a minute with
every stream as a key; an event has a flat list of (type, details) instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Generic, TypeVar

from msgspec import UNSET, field

from backrow.zoom.wire import Count, Measure, Number, Text, Wire
from backrow.zoom.wire.lists import SummaryParticipant

P = TypeVar("P")


class EventHead(Wire, frozen=True, kw_only=True, gc=False):
    """What every event begins with; read first to find out which it is."""

    event: Text = None
    event_ts: Count = None
    """Milliseconds since 1970, UTC."""


class EventObject(Wire, Generic[P], frozen=True, kw_only=True):
    """The session and the participant that an event is about."""

    uuid: Text = None
    """The occurrence of the webinar or meeting."""
    id: Number = None
    """Its number; some events only."""
    participant: P | None = None


class EventPayload(Wire, Generic[P], frozen=True, kw_only=True):
    """An event's content."""

    account_id: Text = None
    object: EventObject[P] | None = None


class Event(EventHead, Generic[P], frozen=True, kw_only=True, gc=True):
    """An event about one participant."""

    payload: EventPayload[P] | None = None


class QosDetails(Wire, frozen=True, kw_only=True, gc=False):
    """What was measured of one type; only the fields that fit the type come."""

    bitrate: Measure = UNSET
    latency: Measure = UNSET
    jitter: Measure = UNSET
    avg_loss: Measure = UNSET
    max_loss: Measure = UNSET
    resolution: Measure = UNSET
    frame_rate: Measure = UNSET
    zoom_min_cpu_usage: Measure = UNSET
    zoom_avg_cpu_usage: Measure = UNSET
    zoom_max_cpu_usage: Measure = UNSET
    system_max_cpu_usage: Measure = UNSET
    system_min_cpu_pressure_level: Measure = UNSET
    system_avg_cpu_pressure_level: Measure = UNSET
    system_max_cpu_pressure_level: Measure = UNSET
    quality: Measure = UNSET
    """Zoom's word: good, fair, poor or bad."""
    quality_score: Measure = UNSET
    """Zoom's own score, 1 to 5, as text."""
    max_rssi: Measure = UNSET
    """dBm, as text here and as a number in REST; so the next two."""
    avg_rssi: Measure = UNSET
    min_rssi: Measure = UNSET
    rssi_unit: Text = None
    network_notification: Measure = UNSET
    """The warning that Zoom showed to the participant."""


class QosItem(Wire, frozen=True, kw_only=True, gc=False):
    """One type's measures of one minute."""

    date_time: Text = None
    """When the record was made: seconds are not 0, as they are in REST."""
    type: Text = None
    """A stream's key, cpu_usage, wifi_rssi, notification, or audio_, video_ or
    as_quality."""
    details: QosDetails | None = None


class QosEventParticipant(Wire, frozen=True, kw_only=True):
    """The participant of a QoS event and their minute."""

    user_id: Number = None
    """The same as in REST."""
    participant_user_id: Text = None
    email: Text = None
    qos: list[QosItem] | None = None


class DataItem(Wire, frozen=True, kw_only=True, gc=False):
    """Where and with what a participant joined."""

    device: Text = None
    location: Text = None
    """City and country code, as in ``Lyon (FR)``."""
    capital_location: Text = field(default=None, name="Location")
    """The same with a capital key, which meetings' data events carry too."""
    network_type: Text = None
    microphone: Text = None
    speaker: Text = None
    camera: Text = None
    data_center: Text = None
    connection_type: Text = None
    pc_name: Text = None
    domain: Text = None
    mac_addr: Text = None
    harddisk_id: Text = None
    version: Text = None
    signaling_ip_address: Text = None
    signaling_internal_ip_address: Text = None
    signaling_internal_ip_port: Number = None
    audio_internal_ip_address: Text = None
    audio_internal_ip_port: Number = None
    video_internal_ip_address: Text = None
    video_internal_ip_port: Number = None
    as_internal_ip_address: Text = None
    as_internal_ip_port: Number = None
    destination_ip_domain: Text = None
    destination_ip_port: Number = None
    device_detail: Text = None
    client: Text = None


class DataEventParticipant(Wire, frozen=True, kw_only=True):
    """The participant of a data event and what they joined with."""

    participant_id: Number = None
    """What other answers call `user_id`."""
    participant_user_id: Text = None
    email: Text = None
    data: list[DataItem] | None = None


class QosEvent(Event[QosEventParticipant], frozen=True, kw_only=True):
    """A participant's minute (`*.participant_qos`)."""


class QosSummaryEvent(Event[SummaryParticipant], frozen=True, kw_only=True):
    """A participant's whole stay, sent when they leave (`*_qos_summary`)."""


class DataEvent(Event[DataEventParticipant], frozen=True, kw_only=True):
    """What a participant joined with: at a change, or (`*_summary`) at the end."""


class UrlValidationPayload(Wire, frozen=True, kw_only=True, gc=False):
    """The token that Zoom wants back, signed."""

    plain_token: Text = field(default=None, name="plainToken")


class UrlValidationEvent(EventHead, frozen=True, kw_only=True):
    """Zoom's question whether a webhook's address is ours."""

    payload: UrlValidationPayload | None = None


class UrlValidationAnswer(Wire, frozen=True, kw_only=True, gc=False):
    """The answer to it."""

    plain_token: Text = field(default=None, name="plainToken")
    encrypted_token: Text = field(default=None, name="encryptedToken")
    """HMAC-SHA256 of the plain token under the webhook's secret, hexadecimal."""


AnyEvent = QosEvent | QosSummaryEvent | DataEvent | UrlValidationEvent

EVENTS: Final[Mapping[str, type[AnyEvent]]] = MappingProxyType(
    {
        "webinar.participant_qos": QosEvent,
        "webinar.participant_qos_summary": QosSummaryEvent,
        "webinar.participant_data": DataEvent,
        "webinar.participant_data_summary": DataEvent,
        "meeting.participant_qos": QosEvent,
        "meeting.participant_qos_summary": QosSummaryEvent,
        "meeting.participant_data": DataEvent,
        "meeting.participant_data_summary": DataEvent,
        "endpoint.url_validation": UrlValidationEvent,
    }
)
"""The struct of each event's body, by the event's name."""
