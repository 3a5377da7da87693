"""Get one webinar participant's quality of service and read every value by name.

Without a Zoom account, against the emulated one::

    backrow emulate --env zoom.env &
    . ./zoom.env
    python examples/get_webinar_participant_qos.py WEBINAR 1670000000

With one, set ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET instead. A
third argument `past` asks for a webinar that has ended. Every value that Zoom did not
measure is None in Python; such values are left out here.
"""

from __future__ import annotations

import argparse
import sys

from backrow import Zoom
from backrow.errors import BackrowError
from backrow.qos.people import Person
from backrow.qos.reading import Minute, Stream


def main(webinar: str, participant: str, when: str) -> int:
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
    print_told("user_id", person.user_id)
    print_told("user_name", person.user_name)
    print_told("device", person.device)
    print_told("ip_address", person.ip_address)
    print_told("location", person.location)
    print_told("join_time", person.join_time)
    print_told("leave_time", person.leave_time)
    print_told("pc_name", person.pc_name)
    print_told("domain", person.domain)
    print_told("mac_addr", person.mac_addr)
    print_told("harddisk_id", person.harddisk_id)
    print_told("version", person.version)


def print_minute(minute: Minute) -> None:
    """Print every value of a minute."""
    print(f"\n{minute.sampled_at:%Y-%m-%d %H:%M:%S} UTC")
    print_stream("audio sent", minute.audio.sent)
    print_stream("audio received", minute.audio.received)
    print_stream("video sent", minute.video.sent)
    print_stream("video received", minute.video.received)
    print_stream("share sent", minute.share.sent)
    print_stream("share received", minute.share.received)
    print_told("CPU of Zoom, least", minute.zoom_min_cpu_pct, "%")
    print_told("CPU of Zoom, average", minute.zoom_avg_cpu_pct, "%")
    print_told("CPU of Zoom, most", minute.zoom_max_cpu_pct, "%")
    print_told("CPU of the machine, most", minute.system_max_cpu_pct, "%")
    print_told("Wi-Fi signal, average", minute.wifi_avg_rssi_dbm, "dBm")


def print_stream(title: str, stream: Stream) -> None:
    """Print one medium in one direction: sent to Zoom, or received from it."""
    print_told(f"{title}, bitrate", stream.bitrate_kbps, "kbps")
    print_told(f"{title}, latency", stream.latency_ms, "ms")
    print_told(f"{title}, jitter", stream.jitter_ms, "ms")
    print_told(f"{title}, average loss", stream.avg_loss_pct, "%")
    print_told(f"{title}, worst loss", stream.max_loss_pct, "%")
    if stream.width_px is not None and stream.height_px is not None:
        print_told(f"{title}, picture", f"{stream.width_px} x {stream.height_px}")
    print_told(f"{title}, frame rate", stream.frame_rate_fps, "frames a second")


def print_told(title: str, value: object, unit: str = "") -> None:
    """Print a value, if Zoom told it."""
    if value is not None and value != "":
        print(f"{title:28} {value} {unit}".rstrip())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Get one participant's QoS.")
    parser.add_argument("webinar", help="number or UUID")
    parser.add_argument("participant", help="the participant's user_id")
    parser.add_argument("when", nargs="?", default="live", choices=["live", "past"])
    given = parser.parse_args()
    try:
        sys.exit(main(given.webinar, given.participant, given.when))
    except BackrowError as error:
        sys.exit(f"{type(error).__name__}: {error}")
