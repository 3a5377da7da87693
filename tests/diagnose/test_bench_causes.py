"""The benchmark reads labelled cases and prints what it promises."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from bench.causes import figures_of, read_cases

ROOT = Path(__file__).parent.parent.parent
HEAD = "case,cdn,device,isp,value,cnt,value_prev15,cnt_prev15"


def write_cases(folder: Path) -> None:
    """Write four cases, each with one content network that is bad."""
    draw = np.random.default_rng(5)
    lines, labels = [HEAD], []
    for case in range(4):
        for cdn in range(4):
            for device in ("adr", "ios"):
                bad = 0.5 if cdn == case else 0.02
                now, before = draw.binomial(100, bad), draw.binomial(1000, 0.02)
                lines.append(f"{case},{cdn},{device},,{now},100,{before},1000")
        label = {"case": case, "dims": ["cdn", "device"], "cause": {"cdn": case}}
        labels.append(label if case else {**label, "cause": [{"cdn": 0}]})
    (folder / "leaves.csv").write_text("\n".join(lines), "utf-8")
    (folder / "labels.json").write_text(json.dumps(labels), "utf-8")


def test_cases_are_read_and_solved(tmp_path: Path) -> None:
    write_cases(tmp_path)
    figures = figures_of(read_cases(tmp_path))
    names = ("first", "in_three", "precision", "recall", "f1")
    assert [figures[name] for name in names] == [1.0] * 5
    assert figures["cases"] == 4
    assert figures["first_interval"][0] < 1


def test_json_and_text_come_from_one_command(tmp_path: Path) -> None:
    write_cases(tmp_path)
    command = [sys.executable, "-m", "bench.causes", "--cases", str(tmp_path)]
    text, printed = (
        subprocess.run(
            [*command, *more], check=True, capture_output=True, text=True, cwd=ROOT
        ).stdout
        for more in ([], ["--json"])
    )
    assert json.loads(printed)["first"] == 1.0
    assert "right first         100.0%" in text
