"""Get one webinar participant's quality of service and read every value by name.

Without a Zoom account, against the emulated one::

    backrow emulate --env zoom.env &
    . ./zoom.env
    python examples/get_webinar_participant_qos.py WEBINAR 1670000000

With one, set ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET instead. A
third argument `past` asks for a webinar that has ended.
"""

from __future__ import annotations

import sys

from backrow import Zoom
from backrow.errors import BackrowError
from backrow.qos.people import Person
from backrow.qos.reading import Minute, Stream


def main(webinar: str, participant: str, when: str = "live") -> int:
    """Ask Zoom and print what it says."""
    with Zoom.from_env() as zoom:
        qos = zoom.webinars.participant_qos(webinar, participant, type=when)
    print_person(qos.person)
    for minute in qos.minutes:
        print_minute(minute)
    if qos.latest is None:
        print("nothing is being sent or received")
    return 0


def print_person(person: Person) -> None:
    """Print the twelve fields that every answer has; None is a key that did not come."""
    print("user_id        ", person.user_id)
    print("user_name      ", person.user_name)
    print("device         ", person.device)
    print("ip_address     ", person.ip_address)
    print("location       ", person.location)
    print("join_time      ", person.join_time)
    print("leave_time     ", person.leave_time)
    print("pc_name        ", person.pc_name)
    print("domain         ", person.domain)
    print("mac_addr       ", person.mac_addr)
    print("harddisk_id    ", person.harddisk_id)
    print("version        ", person.version)


def print_minute(minute: Minute) -> None:
    """Print every value of a minute; None is what Zoom did not measure."""
    print(f"\n{minute.sampled_at:%Y-%m-%d %H:%M:%S} UTC")
    print_stream("audio sent    ", minute.audio.sent)
    print_stream("audio received", minute.audio.received)
    print_stream("video sent    ", minute.video.sent)
    print_stream("video received", minute.video.received)
    print_stream("share sent    ", minute.share.sent)
    print_stream("share received", minute.share.received)
    print(
        "CPU of Zoom: least",
        minute.zoom_min_cpu_pct,
        "% average",
        minute.zoom_avg_cpu_pct,
        "% most",
        minute.zoom_max_cpu_pct,
        "%; of the whole machine: most",
        minute.system_max_cpu_pct,
        "%",
    )


def print_stream(title: str, stream: Stream) -> None:
    """Print one medium in one direction: sent to Zoom, or received from it."""
    print(
        title,
        stream.bitrate_kbps,
        "kbps, latency",
        stream.latency_ms,
        "ms, jitter",
        stream.jitter_ms,
        "ms, loss",
        stream.avg_loss_pct,
        "% on average",
        stream.max_loss_pct,
        "% at worst, picture",
        stream.width_px,
        "x",
        stream.height_px,
        "at",
        stream.frame_rate_fps,
        "frames a second",
    )


if __name__ == "__main__":
    if len(sys.argv) not in {3, 4}:
        sys.exit("usage: get_webinar_participant_qos.py WEBINAR PARTICIPANT [past]")
    try:
        sys.exit(main(*sys.argv[1:]))
    except BackrowError as error:
        sys.exit(f"{type(error).__name__}: {error}")
