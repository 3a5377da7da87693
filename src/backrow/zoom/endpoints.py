"""ENDPOINTS: what Zoom's Dashboard API offers, and how an id is put into a path.

The client and the emulated API are both built from this table. `not_found` and
`too_old` are Zoom's own short error texts, which the emulated API must speak.

**Ids.** A session is named by its number (the latest occurrence) or by the UUID
of one occurrence, which is base64 and so may hold `/`, `+` and `=`. A UUID that
begins with `/` or contains `//` must be percent-encoded twice, because proxies on
the way collapse slashes that were encoded once; any other is encoded once. A
server has decoded the segment once when it sees it, and decodes it once more if
it still holds percent signs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote, unquote

from msgspec import Struct

from backrow.errors import UsageError
from backrow.qos.vocabulary import Kind
from backrow.zoom.wire import (
    MeetingParticipantQosAnswer,
    MeetingParticipantQosPage,
    ParticipantQosAnswer,
    ParticipantQosPage,
)
from backrow.zoom.wire.lists import (
    Meeting,
    MeetingList,
    MeetingParticipantList,
    ParticipantList,
    QosSummaryPage,
    QualityAnswer,
    SatisfactionPage,
    SharingPage,
    Webinar,
    WebinarList,
)

RateLabel = Literal["light", "medium", "heavy", "resource_intensive"]
Action = Literal[
    "list",
    "get",
    "participants",
    "participants_qos",
    "participant_qos",
    "qos_summary",
    "sharing",
    "satisfaction",
    "quality",
]

DEFAULT_TYPE: Final = "live"
"""What Zoom takes where no `type` is given and sessions are meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One GET call of the Dashboard API."""

    kind: Kind
    action: Action
    """What it does; the same word for webinars and meetings."""
    path: str
    """Below ``/v2``, with ``{session}`` and ``{participant}`` to be put in."""
    label: RateLabel = "heavy"
    """Which of the account's limits the call counts against."""
    granular_scope: str
    classic_scopes: tuple[str, ...]
    """Any one of them is enough in place of the granular one."""
    types: tuple[str, ...] = ("past", "live")
    """Allowed values of the query's `type`; empty if it takes none."""
    page_size_default: int | None = None
    """Items on a page if nothing is asked for; None if the answer has no pages."""
    page_size_max: int | None = None
    required: tuple[str, ...] = ()
    """Query names that must be given."""
    optional: tuple[str, ...] = ()
    """Other query names, `type` and those of paging apart."""
    struct: type[Struct]
    """What the answer decodes into."""
    items: str = ""
    """Key of the answer's list; "" if the answer is one object."""
    not_found: str = ""
    """Zoom's text with code 3001; "" if none is documented."""
    too_old: str = ""
    """Zoom's text with code 12702; "" if none is documented."""
    title: str
    """What it is, in our words."""

    @property
    def name(self) -> str:
        """A name of its own, such as ``webinar_participant_qos``."""
        return f"{self.kind}_{self.action}"

    @property
    def type_default(self) -> str:
        """What Zoom takes if no `type` is given; "" if the call takes none."""
        if DEFAULT_TYPE in self.types:
            return DEFAULT_TYPE
        return self.types[0] if self.types else ""

    @property
    def paged(self) -> bool:
        """Whether the answer comes in pages."""
        return self.page_size_default is not None

    @property
    def query(self) -> tuple[str, ...]:
        """Every query name that Zoom documents for it."""
        kind = ("type",) if self.types else ()
        paging = ("page_size", "next_page_token") if self.paged else ()
        return kind + self.required + paging + self.optional


_ANY_TYPE: Final = ("past", "pastOne", "live")
_PERIOD: Final = ("from", "to")
_GROUPS: Final = ("group_id", "group_include_participant", "query_date_type")
_WEBINARS: Final = ("dashboard_webinars:read:admin", "dashboard:read:admin")
_MEETINGS: Final = ("dashboard_meetings:read:admin", "dashboard:read:admin")

_WEBINAR_ENDPOINTS: Final = (
    Endpoint(
        kind="webinar",
        action="list",
        path="/metrics/webinars",
        label="resource_intensive",
        granular_scope="dashboard:read:list_webinars:admin",
        classic_scopes=_WEBINARS,
        page_size_default=30,
        page_size_max=300,
        required=_PERIOD,
        optional=_GROUPS,
        struct=WebinarList,
        items="webinars",
        title="List the webinars of a period",
    ),
    Endpoint(
        kind="webinar",
        action="get",
        path="/metrics/webinars/{session}",
        granular_scope="dashboard:read:webinar:admin",
        classic_scopes=_WEBINARS,
        struct=Webinar,
        not_found="The webinar has not ended yet or the Webinar ID is not valid. "
        "This webinar's detail is not available.",
        too_old="Can not access a webinar a year ago.",
        title="Get one webinar",
    ),
    Endpoint(
        kind="webinar",
        action="participants",
        path="/metrics/webinars/{session}/participants",
        granular_scope="dashboard:read:list_webinar_participants:admin",
        classic_scopes=_WEBINARS,
        page_size_default=30,
        page_size_max=300,
        optional=("include_fields",),
        struct=ParticipantList,
        items="participants",
        not_found="This webinar's detail information is not available or the ID is "
        "not valid.",
        too_old="Cannot access a webinar a year ago.",
        title="List a webinar's participants",
    ),
    Endpoint(
        kind="webinar",
        action="participants_qos",
        path="/metrics/webinars/{session}/participants/qos",
        granular_scope="dashboard:read:list_webinar_participants_qos:admin",
        classic_scopes=_WEBINARS,
        page_size_default=1,
        page_size_max=10,
        struct=ParticipantQosPage,
        items="participants",
        not_found="This webinar's detail is not available or the Webinar ID is not "
        "valid. This webinar has not ended yet.",
        too_old="Can not access a webinar a year ago.",
        title="List the QoS of all participants of a webinar",
    ),
    Endpoint(
        kind="webinar",
        action="participant_qos",
        path="/metrics/webinars/{session}/participants/{participant}/qos",
        granular_scope="dashboard:read:webinar_participant_qos:admin",
        classic_scopes=_WEBINARS,
        struct=ParticipantQosAnswer,
        not_found="This webinar's detail info is not available or ID is not valid.",
        too_old="Can not access a webinar a year ago.",
        title="Get the QoS of one participant of a webinar",
    ),
    Endpoint(
        kind="webinar",
        action="qos_summary",
        path="/metrics/webinars/{session}/participants/qos_summary",
        granular_scope="dashboard:read:list_webinar_participants_qos:admin",
        classic_scopes=_WEBINARS,
        types=(),
        page_size_default=1,
        page_size_max=10,
        struct=QosSummaryPage,
        items="participants",
        not_found="This webinar's detail info is not available. The Webinar ID is not "
        "valid or the webinar has not ended yet.",
        too_old="Can not access a webinar a year ago.",
        title="List the QoS summaries of a webinar (QSS subscribers only)",
    ),
    Endpoint(
        kind="webinar",
        action="sharing",
        path="/metrics/webinars/{session}/participants/sharing",
        granular_scope="dashboard:read:webinar_sharing:admin",
        classic_scopes=_WEBINARS,
        page_size_default=30,
        page_size_max=300,
        struct=SharingPage,
        items="participants",
        not_found="This webinar's detail info is not available or ID is not valid. "
        "This webinar has not ended yet.",
        too_old="Can not access a webinar a year ago.",
        title="List who shared what in a webinar",
    ),
    Endpoint(
        kind="webinar",
        action="satisfaction",
        path="/metrics/webinars/{session}/participants/satisfaction",
        granular_scope="dashboard:read:post_webinar_feedback:admin",
        classic_scopes=_WEBINARS,
        types=_ANY_TYPE,
        page_size_default=30,
        page_size_max=300,
        struct=SatisfactionPage,
        items="participants",
        not_found="Webinar ID is invalid or not end.",
        title="List what a webinar's participants said about it",
    ),
)

_MEETING_ENDPOINTS: Final = (
    Endpoint(
        kind="meeting",
        action="list",
        path="/metrics/meetings",
        label="resource_intensive",
        granular_scope="dashboard:read:list_meetings:admin",
        classic_scopes=_MEETINGS,
        types=_ANY_TYPE,
        page_size_default=30,
        page_size_max=300,
        required=_PERIOD,
        optional=(*_GROUPS, "include_fields"),
        struct=MeetingList,
        items="meetings",
        title="List the meetings of a period",
    ),
    Endpoint(
        kind="meeting",
        action="get",
        path="/metrics/meetings/{session}",
        granular_scope="dashboard:read:meeting:admin",
        classic_scopes=_MEETINGS,
        types=_ANY_TYPE,
        struct=Meeting,
        not_found="Meeting ID is invalid or the meeting has not ended yet. "
        "This meeting's details are not available.",
        too_old="Cannot access meetings from over one year ago.",
        title="Get one meeting",
    ),
    Endpoint(
        kind="meeting",
        action="participants",
        path="/metrics/meetings/{session}/participants",
        granular_scope="dashboard:read:list_meeting_participants:admin",
        classic_scopes=_MEETINGS,
        types=_ANY_TYPE,
        page_size_default=30,
        page_size_max=300,
        optional=("include_fields",),
        struct=MeetingParticipantList,
        items="participants",
        not_found="Meeting ID is invalid or has not ended.",
        too_old="Can not access a meeting a year ago.",
        title="List a meeting's participants",
    ),
    Endpoint(
        kind="meeting",
        action="participants_qos",
        path="/metrics/meetings/{session}/participants/qos",
        granular_scope="dashboard:read:list_meeting_participants_qos:admin",
        classic_scopes=_MEETINGS,
        page_size_default=1,
        page_size_max=10,
        struct=MeetingParticipantQosPage,
        items="participants",
        not_found="This meeting's detail info is not available. The meeting ID is not "
        "valid or the meeting has not ended yet.",
        too_old="Can not access a meeting a year ago.",
        title="List the QoS of all participants of a meeting",
    ),
    Endpoint(
        kind="meeting",
        action="participant_qos",
        path="/metrics/meetings/{session}/participants/{participant}/qos",
        granular_scope="dashboard:read:meeting_participant_qos:admin",
        classic_scopes=_MEETINGS,
        struct=MeetingParticipantQosAnswer,
        not_found="This meeting's detail info is not available. This meeting has not "
        "ended yet or the Meeting ID is invalid.",
        too_old="Can not access a meeting a year ago.",
        title="Get the QoS of one participant of a meeting",
    ),
    Endpoint(
        kind="meeting",
        action="qos_summary",
        path="/metrics/meetings/{session}/participants/qos_summary",
        granular_scope="dashboard:read:list_meeting_participants_qos:admin",
        classic_scopes=_MEETINGS,
        types=(),
        page_size_default=1,
        page_size_max=10,
        struct=QosSummaryPage,
        items="participants",
        not_found="This meeting's detail info is not available. The Meeting ID is not "
        "valid or the meeting has not ended yet.",
        too_old="Can not access a meeting a year ago.",
        title="List the QoS summaries of a meeting (QSS subscribers only)",
    ),
    Endpoint(
        kind="meeting",
        action="sharing",
        path="/metrics/meetings/{session}/participants/sharing",
        granular_scope="dashboard:read:meeting_sharing:admin",
        classic_scopes=_MEETINGS,
        page_size_default=30,
        page_size_max=300,
        struct=SharingPage,
        items="participants",
        not_found="This meeting's detail info is not available or ID is not valid.",
        too_old="Can not access a meeting a year ago.",
        title="List who shared what in a meeting",
    ),
    Endpoint(
        kind="meeting",
        action="satisfaction",
        path="/metrics/meetings/{session}/participants/satisfaction",
        granular_scope="dashboard:read:post_meeting_feedback:admin",
        classic_scopes=_MEETINGS,
        types=_ANY_TYPE,
        page_size_default=30,
        page_size_max=300,
        struct=SatisfactionPage,
        items="participants",
        not_found="Meeting ID is invalid or not end.",
        title="List what a meeting's participants said about it",
    ),
    Endpoint(
        kind="meeting",
        action="quality",
        path="/metrics/quality",
        granular_scope="dashboard:read:meeting_quality_score:admin",
        classic_scopes=("dashboard_home:read:admin", "dashboard:read:admin"),
        types=("meeting", "participants"),
        required=_PERIOD,
        struct=QualityAnswer,
        title="Count the account's meetings, or their participants, by quality",
    ),
)

ENDPOINTS: Final[tuple[Endpoint, ...]] = (*_WEBINAR_ENDPOINTS, *_MEETING_ENDPOINTS)
"""Every call that Backrow makes and that the emulated API answers."""

_BY_ACTION: Final[dict[tuple[Kind, str], Endpoint]] = {
    (each.kind, each.action): each for each in ENDPOINTS
}

_NUMBER: Final = re.compile(r"[0-9][0-9\s\u00ad\u2010-\u2015-]*")
"""A number as people write it: digits in groups, with spaces or any dashes."""
_STILL_ENCODED: Final = re.compile(r"%2[5BF]|%3D", re.IGNORECASE)
_LONGEST_ID: Final = 255


def endpoint(kind: Kind, action: str) -> Endpoint:
    """Return the endpoint that does `action` for `kind`.

    Args:
        kind: webinar or meeting; `quality` is looked up under meeting.
        action: ``list``, ``get``, ``participants``, ``participants_qos``,
            ``participant_qos``, ``qos_summary``, ``sharing``, ``satisfaction`` or
            ``quality``.

    Raises:
        UsageError: There is no such endpoint.
    """
    found = _BY_ACTION.get((kind, action))
    if found is not None:
        return found
    known = ", ".join(each.action for each in ENDPOINTS if each.kind == kind)
    raise UsageError(f"expected one of {known} for a {kind}, got {action!r}")


def encode_id(text: int | str) -> str:
    """Return an id as a path segment.

    Args:
        text: A number (as int, or as text with spaces or dashes) or a UUID as Zoom
            lists it. A UUID that is already percent-encoded is read as such.

    Raises:
        UsageError: It is empty or None, or can be no id: a link, or text with
            spaces.
    """
    plain = _plain_id(text)
    once = quote(plain, safe="")
    if plain.startswith("/") or "//" in plain:
        return quote(once, safe="")
    return once


def decode_id(segment: str) -> str:
    """Return the id in a path segment that a server has decoded once.

    It is decoded once more if it still holds an encoded ``/``, ``=``, ``+`` or
    ``%``, which no id holds as it is.
    """
    return unquote(segment) if _STILL_ENCODED.search(segment) else segment


def url_path(
    endpoint: Endpoint, *, session: int | str = "", participant: int | str = ""
) -> str:
    """Return the path of a call below ``/v2``, ids encoded.

    Args:
        endpoint: What to call.
        session: Number or UUID of the webinar or meeting, where the path has one.
        participant: The participant's `user_id`, where the path has one.

    Raises:
        UsageError: An id is missing or can be no id.
    """
    path = endpoint.path
    if "{session}" in path:
        path = path.replace("{session}", encode_id(session))
    if "{participant}" in path:
        path = path.replace("{participant}", encode_id(participant))
    return path


def _plain_id(text: object) -> str:
    """Return an id without encoding, grouping and surrounding space."""
    if not isinstance(text, int | str) or isinstance(text, bool):
        msg = "expected a webinar, meeting or participant id"
        raise UsageError(f"{msg}, got {text!r:.60}")
    plain = str(text).strip()
    if _NUMBER.fullmatch(plain):
        return re.sub(r"[^0-9]", "", plain)
    plain = decode_id(decode_id(plain))
    if not plain:
        raise UsageError("expected a webinar, meeting or participant id, got nothing")
    if _cannot_be_id(plain):
        raise UsageError(f"expected a number or a UUID as Zoom lists it, got {text!r}")
    return plain


def _cannot_be_id(plain: str) -> bool:
    return (
        plain in {".", ".."}
        or not plain.strip("-0123456789")
        or "://" in plain
        or "%" in plain
        or len(plain) > _LONGEST_ID
        or " " in plain
        or not plain.isprintable()
    )
