"""Decoding raw AIS against pyais: CPU-seconds in one run, the same values on every common field, peak memory.

Input: messages of nine types made from a seed by pyais's own encoder (so that no code of ours makes what we read), some
20,000 of them, repeated with the checksums right until the number of sentences asked for is there. Ours reads bytes to
columns of every field of every message (numbers and texts); pyais reads the same bytes to message objects. Both in one
process a side, each measured alone; memory is the peak of that process.
Run: python bench/decode.py [SENTENCES]
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

SEED = 20260101
SENTENCES = 1_000_000
MIX = {1: 50, 3: 14, 18: 12, 5: 10, 4: 4, 24: 6, 21: 2, 27: 1, 9: 1}
"""Messages of each type in a hundred, close to what a busy coast hears."""
MODELS = 20_000


def _text(rng: random.Random, most: int) -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -./"
    return "".join(rng.choice(letters) for _ in range(rng.randint(1, most))).strip() or "X"


def _fields(rng: random.Random, kind: int) -> dict[str, Any]:
    one: dict[str, Any] = {"msg_type": kind, "mmsi": rng.randint(200_000_000, 775_999_999), "repeat": rng.randint(0, 3)}
    place = {
        "lon": rng.randint(-180 * 600_000, 180 * 600_000) / 600_000,
        "lat": rng.randint(-85 * 600_000, 85 * 600_000) / 600_000,
        "accuracy": rng.randint(0, 1),
        "raim": rng.randint(0, 1),
    }
    move = {
        "speed": rng.randint(0, 1023) / 10,
        "course": rng.randint(0, 3600) / 10,
        "heading": rng.choice((511, rng.randint(0, 359))),
        "second": rng.randint(0, 63),
    }
    sides = {"to_bow": rng.randint(0, 511), "to_stern": rng.randint(0, 511), "to_port": rng.randint(0, 63),
             "to_starboard": rng.randint(0, 63)}  # fmt: skip
    if kind in (1, 3):
        return one | place | move | {"status": rng.randint(0, 15), "turn": 0, "radio": rng.randint(0, 2**19 - 1)}
    if kind == 18:
        return one | place | move | {"cs": 1, "radio": rng.randint(0, 2**20 - 1)}
    if kind == 4:
        return one | place | {"year": 2026, "month": 1, "day": rng.randint(1, 28), "hour": rng.randint(0, 23),
                              "minute": rng.randint(0, 59), "second": rng.randint(0, 59), "epfd": 7}  # fmt: skip
    if kind == 9:
        return one | place | {"alt": rng.randint(0, 4095), "speed": rng.randint(0, 1023), "course": 90.5, "second": 7}
    if kind == 27:
        return one | {"lon": rng.randint(-108_000, 108_000) / 600, "lat": rng.randint(-54_000, 54_000) / 600,
                      "speed": rng.randint(0, 63), "course": rng.randint(0, 359), "status": 0}  # fmt: skip
    if kind == 21:
        return one | place | sides | {"aid_type": rng.randint(0, 31), "name": _text(rng, 20), "epfd": 1, "second": 60}
    if kind == 5:
        return one | sides | {"imo": rng.randint(1_000_000, 9_999_999), "callsign": _text(rng, 7),
                              "shipname": _text(rng, 20), "ship_type": rng.randint(0, 99), "epfd": 1, "month": 3,
                              "day": 4, "hour": 5, "minute": 6, "draught": rng.randint(0, 255) / 10,
                              "destination": _text(rng, 20)}  # fmt: skip
    if rng.random() < 0.5:
        return one | {"partno": 0, "shipname": _text(rng, 20)}
    return one | sides | {"partno": 1, "ship_type": rng.randint(0, 99), "vendorid": "ABC", "callsign": _text(rng, 7)}


def make(path: Path, sentences: int, seed: int = SEED) -> int:
    """Write the input; returns the number of sentences. Every tenth message has a TAG block (time, station)."""
    from pyais import encode_dict

    rng = random.Random(seed)
    kinds = [kind for kind, share in MIX.items() for _ in range(share)]
    models: list[list[bytes]] = []
    for i in range(MODELS):
        channel = rng.choice("AB")
        lines = encode_dict(_fields(rng, rng.choice(kinds)), talker_id="AI", radio_channel=channel, seq_id=i % 10)
        tag = b""
        if i % 10 == 0:
            inside = f"s:r00{rng.randint(1, 60):04d},c:{1_767_225_600 + i}".encode()
            total = 0
            for byte in inside:
                total ^= byte
            tag = b"\\%s*%02X\\" % (inside, total)
        models.append([tag + line.encode() for line in lines])
    written = 0
    with path.open("wb") as out:
        while written < sentences:
            for lines in models:
                out.write(b"\n".join(lines) + b"\n")
                written += len(lines)
    return written


def ours(path: Path) -> dict[str, Any]:
    """Read the file to columns of every field; {messages, cpu_s, sum of MMSI}."""
    import numpy as np

    from beaconline.foundation.wire.ais.decode import ints, text_bytes
    from beaconline.foundation.wire.ais.registry import LAYOUTS
    from beaconline.see.sources.nmea_messages import Reader

    begun, wall = time.process_time(), time.perf_counter()
    n = total = 0
    with path.open("rb") as file:
        for heard in Reader(path.name).read(iter(lambda: file.read(1 << 20), b"")):
            n += len(heard)
            for slot, layout in enumerate(LAYOUTS):
                rows = np.flatnonzero(heard.messages.slot == slot).astype(np.int32)
                if len(rows):
                    total += int(ints(heard.messages, slot, rows)["mmsi"].sum(dtype=np.int64))
                    for field in layout.fields:
                        if field.kind == "text":
                            text_bytes(heard.messages, slot, rows, field.name)
    return {"messages": n, "cpu_s": time.process_time() - begun, "wall_s": time.perf_counter() - wall, "mmsi": total}


def reports(path: Path) -> dict[str, Any]:
    """Read the file to reports and static rows, as ``watch`` does."""
    from beaconline.foundation.table.reports import Pools
    from beaconline.see.sources.nmea import NmeaOptions, read_nmea

    begun = time.process_time()
    n = 0
    pools = Pools()
    with path.open("rb") as file:
        options = NmeaOptions(received=(1_767_225_600_000_000, 100.0))
        for batch in read_nmea(iter(lambda: file.read(1 << 20), b""), path.name, pools, options):
            n += len(batch.reports) + len(batch.statics)
    return {"messages": n, "cpu_s": time.process_time() - begun}


def theirs(path: Path) -> dict[str, Any]:
    """The same by pyais: every message to its object."""
    from pyais.stream import FileReaderStream

    begun = time.process_time()
    n = total = 0
    for sentence in FileReaderStream(str(path)):
        message = sentence.decode()
        n += 1
        total += int(message.mmsi)
    return {"messages": n, "cpu_s": time.process_time() - begun, "mmsi": total}


RENAMED = {"ship_type": "shiptype", "reserved_1": "reserved", "reserved_2": "regional"}
"""Names of pyais that gpsd's JSON spells otherwise."""
SKIPPED = {"turn", "name_ext", "vendorid"}
"""turn is another scale in pyais; the extension stands in the name here; vendorid has 7 characters here, 3 there."""


def compare(path: Path, messages: int) -> dict[str, int]:
    """Every common field of the first ``messages`` messages; raises AssertionError at the first difference."""
    from pyais.stream import FileReaderStream

    from beaconline.foundation.wire.ais.layout import Field
    from beaconline.foundation.wire.ais.registry import LAYOUTS
    from beaconline.see.sources.nmea import NmeaOptions
    from beaconline.see.sources.nmea_plain import decode_nmea

    scale: dict[tuple[int, str], Field] = {(t, f.name): f for each in LAYOUTS for t in each.types for f in each.fields}
    with path.open("rb") as file:
        blocks = decode_nmea(iter(lambda: file.read(1 << 20), b""), path.name, NmeaOptions())
        mine = (message for block in blocks for message in block.messages)
        fields = 0
        for count, (sentence, ours_) in enumerate(zip(FileReaderStream(str(path)), mine, strict=False), 1):
            for name, value in sentence.decode().asdict(enum_as_int=True).items():
                ours_name = {"msg_type": "type"}.get(name, RENAMED.get(name, name))
                if name in SKIPPED or ours_name not in ours_:
                    continue
                field = scale[ours_["type"], ours_name]
                raw = ours_[ours_name]
                if field.den > 1:
                    close = abs(raw / field.den - float(value)) < 1e-6
                    assert close or (raw == field.none), (count, name, value, raw)
                else:
                    assert raw == value or (isinstance(value, str) and raw == value.rstrip()), (count, name, value, raw)
                fields += 1
            if count >= messages:
                break
    return {"messages": count, "fields": fields}


def _alone(what: str, path: Path) -> dict[str, Any]:
    """Run one side in a process of its own; its answer with the peak of its memory in MB."""
    done = subprocess.run(
        [sys.executable, __file__, "--side", what, str(path)], capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _peak_mb() -> float:
    """Peak memory of this process; ru_maxrss would also count the parent's before the fork."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _side(what: str, path: Path) -> None:
    side = {"ours": ours, "reports": reports, "theirs": theirs}[what]
    cold = side(path) if what != "theirs" else {}
    figures = side(path)
    if cold:
        figures["cold_cpu_s"] = cold["cpu_s"]
    figures["peak_mb"] = _peak_mb()
    print(json.dumps(figures))


def run(sentences: int = SENTENCES) -> dict[str, Any]:
    """Measure; the figures by name. Cold = first pass of a new process (kernels loaded or compiled)."""
    with tempfile.TemporaryDirectory(prefix="beaconline-bench-") as folder:
        path = Path(folder) / "ais.nmea"
        written = make(path, sentences)
        compared = compare(path, MODELS)
        mine, rows, other = _alone("ours", path), _alone("reports", path), _alone("theirs", path)
        size_mb = path.stat().st_size / 1e6
    assert mine["messages"] == other["messages"] and mine["mmsi"] == other["mmsi"], (mine, other)
    return {
        "seed": SEED,
        "sentences": written,
        "megabytes": round(size_mb, 1),
        "fields_compared": compared["fields"],
        "messages_compared": compared["messages"],
        "ours_cpu_s": round(mine["cpu_s"], 3),
        "ours_cold_cpu_s": round(mine["cold_cpu_s"], 3),
        "ours_sentences_per_cpu_s": round(written / mine["cpu_s"]),
        "ours_peak_mb": round(mine["peak_mb"]),
        "reports_cpu_s": round(rows["cpu_s"], 3),
        "reports_peak_mb": round(rows["peak_mb"]),
        "pyais_cpu_s": round(other["cpu_s"], 3),
        "pyais_peak_mb": round(other["peak_mb"]),
        "times_pyais": round(other["cpu_s"] / mine["cpu_s"], 1),
        "times_pyais_to_reports": round(other["cpu_s"] / rows["cpu_s"], 1),
    }


def main() -> None:
    if sys.argv[1:2] == ["--side"]:
        _side(sys.argv[2], Path(sys.argv[3]))
        return
    for name, value in run(int(sys.argv[1]) if len(sys.argv) > 1 else SENTENCES).items():
        print(f"{name:<28} {value}")


if __name__ == "__main__":
    main()
