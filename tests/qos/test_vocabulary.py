"""The METRICS table."""

from backrow.qos.sample import COLUMNS, FIRST_METRIC, NAMES
from backrow.qos.summary import STREAM_OF_TYPE, SUMMARY_NAMES
from backrow.qos.vocabulary import METRIC, METRICS, stream_key


def test_names_are_unique_and_end_in_their_unit() -> None:
    endings = {
        "kbps": "_kbps",
        "ms": "_ms",
        "%": "_pct",
        "px": "_px",
        "fps": "_fps",
        "dBm": "_dbm",
        "level": "_pressure",
        "MOS": "_score",
        "text": "notification",
    }
    assert len(METRIC) == len(METRICS) == 56
    assert all(m.name.endswith(endings[m.unit]) for m in METRICS)


def test_there_are_eighteen_streams() -> None:
    assert len(STREAM_OF_TYPE) == 18
    assert STREAM_OF_TYPE["as_device_to_crc"] == ("share", "received", "crc")


def test_input_is_sent_and_output_is_received() -> None:
    assert stream_key("audio", "sent") == "audio_input"
    assert stream_key("share", "received") == "as_output"
    assert stream_key("video", "sent", "rwg") == "video_device_from_rwg"


def test_samples_columns_are_the_key_and_the_metrics() -> None:
    assert NAMES[FIRST_METRIC:] == tuple(m.name for m in METRICS)
    assert len(set(NAMES)) == len(COLUMNS)
    assert len(set(SUMMARY_NAMES)) == len(SUMMARY_NAMES)
