"""The figures that the simulator is held against, with where they come from."""

from __future__ import annotations

from typing import Final

VCAML: Final = "Sharma et al., IMC 2023, real-world set, read off its plots"
BITRATE_KBPS: Final = {
    "Meet": {5: 300.0, 13: 450.0, 20: 1000.0, 50: 1471.0, 90: 1570.0},
    "Teams": {15: 230.0, 26: 500.0, 37: 1000.0, 50: 1872.0, 60: 2250.0, 90: 2430.0},
}
FRAME_RATE_FPS: Final = {
    "Meet": {10: 22.0, 30: 24.0, 50: 25.0, 90: 26.0},
    "Teams": {10: 15.0, 20: 20.0, 30: 24.0, 50: 25.0},
}
FRAME_JITTER_MS: Final = {
    "Meet": {50: 10.0, 90: 15.0, 95: 27.0},
    "Teams": {50: 13.0, 70: 20.0, 90: 42.0, 97: 65.0},
}
ROUND_TRIP_MS: Final = {
    "wired": (18.0, 0.5),
    "wifi": (28.0, 0.6),
    "cellular": (50.0, 0.5),
    "satellite": (45.0, 0.4),
}
"""Median and sigma of the logarithm, to a data center of the own region."""
JITTER_MS: Final = {
    "wired": (2.0, 0.6),
    "wifi": (5.0, 0.8),
    "cellular": (12.0, 0.7),
    "satellite": (10.0, 0.7),
}
LOSS_PRESETS: Final = {
    "wired": (0.02, 0.0, 0.07, 0.2),
    "wifi_good": (0.14, 0.03, 0.30, 1.0),
    "wifi_congested": (1.7, 1.2, 2.3, 5.5),
    "wifi_bad": (7.7, 6.1, 9.3, 15.0),
    "cellular_good": (0.35, 0.07, 0.65, 2.5),
    "cellular_poor": (5.1, 3.0, 7.5, 17.0),
    "saturated": (13.0, 11.0, 15.0, 22.0),
    "leo_handover": (1.4, 0.2, 3.2, 12.0),
}
"""Mean, p10 and p90 of a minute's loss, mean of its worst five seconds, percent."""
VIDEO_KBPS: Final = {
    1080: (3000.0, 3000.0),
    720: (1200.0, 1800.0),
    360: (400.0, 600.0),
    180: (80.0, 150.0),
}
"""Usual range at full frame rate, by height."""
SHARE: Final = {
    "slides": ((0.0, 50.0), (0.0, 1.0)),
    "scroll": ((150.0, 300.0), (5.0, 8.0)),
    "clip": ((1000.0, 2500.0), (15.0, 30.0)),
}
"""Usual range of kbps and of frames a second."""

TMA23: Final = "Grote et al., TMA 2023"
TAKES_OF_CAP: Final = (0.72, 0.93)
"""Part of a narrow line that a lone call takes."""
RECOVERS_IN_S: Final = {"Signal": 40, "Telegram": 20}
"""Seconds until the bitrate is back after a cap of 0.3 Mbit/s becomes 3 Mbit/s."""
FOLLOWS_IN_S: Final = 10
"""Seconds until the bitrate follows a cap that drops."""
