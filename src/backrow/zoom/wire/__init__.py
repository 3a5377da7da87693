"""Zoom's JSON, spelled as Zoom spells it: participant QoS, tokens and errors.

Sibling modules hold the other shapes: `wire.lists` (sessions, participants,
sharing, satisfaction, summaries) and `wire.events` (QSS webhooks).

Rules for every struct:

- Every field is optional and unknown fields are ignored: Zoom adds keys without
  notice and leaves out what it does not know or may not tell.
- A *measure* keeps apart what the decoder must tell apart: `UNSET` if the key did
  not come, `None` if it came as null, else what came, unparsed.
- Text, flags and counts are `None` both when absent and when null.
- Defaults are left out when a struct is encoded.
- Attribute names are Zoom's keys, in snake case where Zoom's are not
  (`groupId` is `group_id`), with `from_` for the key `from`.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import UNSET, Struct, UnsetType, field, to_builtins

from backrow.qos.notebook import facts

Measure: TypeAlias = str | int | float | UnsetType | None
"""A quantity as it came, such as ``"126 ms"``, ``""``, ``-69`` or null."""
Text: TypeAlias = str | None
Flag: TypeAlias = bool | None
Count: TypeAlias = int | None
Number: TypeAlias = str | int | None
"""An id or a number that Zoom writes as text here and as a number there."""


class Wire(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What all of Zoom's JSON objects have in common: the rules, and how they show."""

    def _repr_html_(self) -> str:
        """Return it as a notebook shows it: what came, by Zoom's keys."""
        return facts(type(self).__name__, to_builtins(self))


class AudioStream(Wire, frozen=True, kw_only=True, gc=False):
    """One direction of one participant's audio in one minute."""

    bitrate: Measure = UNSET
    latency: Measure = UNSET
    """A round trip, participant to Zoom and back."""
    jitter: Measure = UNSET
    avg_loss: Measure = UNSET
    max_loss: Measure = UNSET


class PictureStream(AudioStream, frozen=True, kw_only=True, gc=False):
    """One direction of one participant's video or shared screen in one minute."""

    resolution: Measure = UNSET
    """Width and height in pixels, as in ``1280*720``; ``0*0`` is no picture."""
    frame_rate: Measure = UNSET


class CpuUsage(Wire, frozen=True, kw_only=True, gc=False):
    """Load of the participant's machine in one minute, in percent of all of it."""

    zoom_min_cpu_usage: Measure = UNSET
    zoom_avg_cpu_usage: Measure = UNSET
    zoom_max_cpu_usage: Measure = UNSET
    system_max_cpu_usage: Measure = UNSET


class CpuPressure(Wire, frozen=True, kw_only=True, gc=False):
    """How hard the machine was pressed: normal, fair, serious or critical."""

    system_min_cpu_pressure_level: Measure = UNSET
    system_avg_cpu_pressure_level: Measure = UNSET
    system_max_cpu_pressure_level: Measure = UNSET


class WifiRssi(Wire, frozen=True, kw_only=True, gc=False):
    """Signal strength of the participant's Wi-Fi; maximum and minimum may be swapped."""

    max_rssi: Measure = UNSET
    avg_rssi: Measure = UNSET
    min_rssi: Measure = UNSET
    rssi_unit: Text = None
    """dBm."""


Audio: TypeAlias = AudioStream | UnsetType | None
Picture: TypeAlias = PictureStream | UnsetType | None


class UserQos(Wire, frozen=True, kw_only=True, gc=False):
    """One minute of one participant: every stream, the machine and the Wi-Fi.

    `*_input` and `*_from_*` are sent by the participant, `*_output` and `*_to_*`
    received (see `backrow.qos.vocabulary`). `crc` is the Cloud Room Connector (a
    room system), `rwg` the web client's gateway (a browser).
    """

    date_time: Text = None
    """When the sample was taken, ISO 8601 in UTC."""
    audio_input: Audio = UNSET
    audio_output: Audio = UNSET
    video_input: Picture = UNSET
    video_output: Picture = UNSET
    as_input: Picture = UNSET
    as_output: Picture = UNSET
    cpu_usage: CpuUsage | UnsetType | None = UNSET
    audio_device_from_crc: Audio = UNSET
    audio_device_to_crc: Audio = UNSET
    video_device_from_crc: Picture = UNSET
    video_device_to_crc: Picture = UNSET
    as_device_from_crc: Picture = UNSET
    as_device_to_crc: Picture = UNSET
    audio_device_from_rwg: Audio = UNSET
    audio_device_to_rwg: Audio = UNSET
    video_device_from_rwg: Picture = UNSET
    video_device_to_rwg: Picture = UNSET
    as_device_from_rwg: Picture = UNSET
    as_device_to_rwg: Picture = UNSET
    cpu_pressure_level: CpuPressure | UnsetType | None = UNSET
    wifi_rssi: WifiRssi | UnsetType | None = UNSET


class ParticipantFacts(Wire, frozen=True, kw_only=True):
    """Who a participant is and how they are connected; the part all answers share."""

    user_id: Number = None
    """Given at joining, good for this session only; a rejoin brings a new one."""
    id: Text = None
    """The Zoom user's own id; empty for people who are not logged in."""
    user_name: Text = None
    email: Text = None
    device: Text = None
    client: Text = None
    domain: Text = None
    harddisk_id: Text = None
    internal_ip_addresses: list[str] | None = None
    ip_address: Text = None
    join_time: Text = None
    leave_time: Text = None
    """Absent while the participant is there."""
    location: Text = None
    mac_addr: Text = None
    pc_name: Text = None
    version: Text = None
    os: Text = None
    os_version: Text = None
    browser_name: Text = None
    browser_version: Text = None
    participant_uuid: Text = None
    network_type: Text = None
    data_center: Text = None
    full_data_center: Text = None
    """Several, separated by semicolons; the last may end in one."""
    connection_type: Text = None
    video_connection_type: Text = None
    as_connection_type: Text = None
    share_application: Flag = None
    share_desktop: Flag = None
    share_whiteboard: Flag = None
    recording: Flag = None
    device_name: Text = None
    has_archiving: Flag = None
    optional_archiving: Text = None
    group_id: Text = field(default=None, name="groupId")
    zoom_thin_client_plugin_version: Text = None


class ParticipantQosAnswer(ParticipantFacts, frozen=True, kw_only=True):
    """One webinar participant's QoS: the answer of the single call, an item of the list."""

    webinar_number: Number = None
    """Not in list items; there the page has it."""
    health: Text = None
    """Good, Warning or Critical."""
    issue_list: list[str] | None = None
    user_qos: list[UserQos] | None = None
    """One item a minute."""


class MeetingParticipantQosAnswer(ParticipantQosAnswer, frozen=True, kw_only=True):
    """The meeting twin; it has every field of the webinar's too, so it reads both."""

    meeting_number: Number = None
    microphone: Text = None
    speaker: Text = None
    camera: Text = None
    total_jointime_cost: Measure = UNSET
    """Seconds that joining took."""


class Page(Wire, frozen=True, kw_only=True):
    """What the pages of a list have in common."""

    next_page_token: Text = None
    """Empty, null or absent on the last page; good for 15 minutes."""
    page_count: Count = None
    """Number of pages."""
    page_size: Count = None
    total_records: Count = None
    """Number of items over all pages."""


class ParticipantQosPage(Page, frozen=True, kw_only=True):
    """A page of the QoS of all participants of a webinar."""

    webinar_number: Number = None
    participants: list[ParticipantQosAnswer] | None = None


class MeetingParticipantQosPage(Page, frozen=True, kw_only=True):
    """The meeting twin; it has every field of the webinar's too, so it reads both."""

    webinar_number: Number = None
    meeting_number: Number = None
    participants: list[MeetingParticipantQosAnswer] | None = None


class TokenAnswer(Wire, frozen=True, kw_only=True):
    """Zoom's answer to a token request. The token is kept out of its repr."""

    access_token: Text = None
    token_type: Text = None
    expires_in: Number = None
    """Seconds that the token lives, counted from the answer."""
    scope: str | list[str] | None = None
    """Scopes separated by spaces; old texts show a list."""
    api_url: Text = None
    """Where this account's API is, without ``/v2``."""

    def __repr__(self) -> str:
        """Return all but the token itself."""
        token = None if self.access_token is None else "***"
        return (
            f"TokenAnswer(access_token={token!r}, token_type={self.token_type!r}, "
            f"expires_in={self.expires_in!r}, scope={self.scope!r}, "
            f"api_url={self.api_url!r})"
        )

    def __rich_repr__(self) -> list[tuple[str, object]]:
        """Return the same for rich."""
        return [
            ("access_token", None if self.access_token is None else "***"),
            ("token_type", self.token_type),
            ("expires_in", self.expires_in),
            ("scope", self.scope),
            ("api_url", self.api_url),
        ]


class FieldError(Wire, frozen=True, kw_only=True):
    """What is wrong with one value of a request."""

    field: Text = None
    message: Text = None


class ErrorBody(Wire, frozen=True, kw_only=True):
    """Zoom's body of a refusal: of the API, or (`reason`, `error`) of OAuth."""

    code: Number = None
    message: Text = None
    errors: list[FieldError] | None = None
    reason: Text = None
    error: Text = None
