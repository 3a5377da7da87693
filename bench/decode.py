"""Decoding past QoS pages, beside three other ways to read the same bytes.

``python -m bench.decode`` makes the pages of a webinar of 1,000 people and 60
minutes (10 people a page, all eighteen stream keys in every minute, those that
were not measured blank) and reads them in turn with Backrow (to rows of the samples table), msgspec's typed decode (the
floor: strings only), `json.loads`, and a pydantic model. Fastest round of each,
in CPU seconds of this process.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from pydantic import BaseModel, create_model

from backrow.qos.people import Person
from backrow.qos.sample import NAMES, Row
from backrow.qos.vocabulary import METRICS
from backrow.zoom.decode import Decoder, Provenance
from backrow.zoom.decode.columns import STREAM_KEYS
from backrow.zoom.encode import Encoder
from backrow.zoom.wire import MeetingParticipantQosPage

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
PEOPLE_A_PAGE = 10
RANGES = {"kbps": (20, 2000), "ms": (0, 200), "%": (0, 9), "fps": (5, 30)}


def random_row(rng: random.Random, at: datetime, leg: str, *, sends: bool) -> Row:
    """Return a row with every stream measured, or only those received."""
    values: dict[str, object] = {"sampled_at": at, "minute": at, "leg": leg}
    for metric in METRICS:
        if metric.direction == "sent" and not sends:
            continue
        if metric.per_leg and metric.unit == "px":
            values[metric.name] = 1280 if "width" in metric.name else 720
        elif metric.unit in RANGES and (metric.per_leg or leg == "client"):
            values[metric.name] = round(rng.uniform(*RANGES[metric.unit]), 1)
        elif metric.unit == "dBm" and leg == "client":
            values[metric.name] = float(rng.randint(-80, -40))
    return tuple(values.get(name) for name in NAMES)


def pages(
    people: int, minutes: int, *, senders: int, legs: tuple[str, ...] = ("client",)
) -> list[bytes]:
    """Return the JSON pages of a webinar with so many who send, too."""
    rng = random.Random(7)
    encoder = Encoder(style="2021")
    made = []
    for first in range(0, people, PEOPLE_A_PAGE):
        answers = []
        for i in range(first, min(first + PEOPLE_A_PAGE, people)):
            rows = [
                random_row(rng, START + timedelta(minutes=m), leg, sends=i < senders)
                for m in range(minutes)
                for leg in legs
            ]
            person = Person(user_id=str(16_700_000 + i), user_name=f"Person {i}")
            answers.append(encoder.participant(person, rows))
        said = {"participants": answers, "next_page_token": "", "page_size": 10}
        made.append(json.dumps(said, separators=(",", ":")).encode())
    return made


def pydantic_page() -> type[BaseModel]:
    """Return a pydantic model of the same page, strings as strings."""
    make: Any = create_model  # its types are made here, at run time
    audio = dict.fromkeys(("bitrate", "latency", "jitter"), (str, ""))
    audio |= dict.fromkeys(("avg_loss", "max_loss"), (str, ""))
    sound = make("Sound", **audio)
    picture = make("Picture", **audio, resolution=(str, ""), frame_rate=(str, ""))
    streams = {
        key: ((sound if key.startswith("audio") else picture) | None, None)
        for key in STREAM_KEYS
    }
    rest = ("cpu_usage", "cpu_pressure_level", "wifi_rssi")
    others = dict.fromkeys(rest, (dict[str, str | int] | None, None))
    minute: Any = make("Minute", date_time=(str, ""), **streams, **others)
    person: Any = make(
        "Answer", user_id=(str, ""), user_name=(str, ""), user_qos=(list[minute], [])
    )
    page: type[BaseModel] = make("Page", participants=(list[person], []))
    return page


def fastest(read: Callable[[bytes], object], bodies: list[bytes]) -> float:
    """Return the CPU seconds that reading all bodies once takes."""
    start = time.process_time()
    for body in bodies:
        read(body)
    return time.process_time() - start


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    typed = msgspec.json.Decoder(MeetingParticipantQosPage)
    model = pydantic_page()
    decoder, where = Decoder(), Provenance()
    ways: dict[str, Callable[[bytes], object]] = {
        "msgspec, typed": typed.decode,
        "backrow, to rows": lambda body: decoder.page(body, where).samples,
        "json.loads": json.loads,
        "pydantic": model.model_validate_json,
    }
    everyone = {"people": asked.people, "minutes": asked.minutes}
    made = {
        "a webinar: ten send, all receive": pages(**everyone, senders=10),
        "everyone sends and receives": pages(**everyone, senders=asked.people),
        "all eighteen streams measured": pages(
            **everyone, senders=asked.people, legs=("client", "crc", "rwg")
        ),
    }
    for title, bodies in made.items():
        best = dict.fromkeys(ways, float("inf"))
        for _ in range(asked.rounds):
            for name, read in ways.items():
                best[name] = min(best[name], fastest(read, bodies))
        count = asked.people * asked.minutes
        size = sum(map(len, bodies)) / 1e6
        print(f"\n{asked.people} people x {asked.minutes} min, {size:.0f} MB, {title}")
        print(f"{'':18}{'us a minute':>12}{'minutes/s':>12}{'MB/s':>8}{'ratio':>8}")
        floor = best["msgspec, typed"]
        for name, seconds in best.items():
            each = seconds / count
            print(
                f"{name:18}{each * 1e6:12.2f}{1 / each:12,.0f}"
                f"{size / seconds:8.0f}{seconds / floor:8.2f}"
            )


if __name__ == "__main__":
    main()
