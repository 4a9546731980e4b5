#!/usr/bin/env python3
"""Builds outlines.bin from counties-10m.json of the npm package us-atlas 3.0.1.

    npm pack us-atlas@3.0.1 && tar xzf us-atlas-3.0.1.tgz
    python3 build.py package/counties-10m.json

Needs Python 3.11 (standard library only). README.md describes the layout. The SHA-256 of the file is checked, so the
output is always the same.
"""

import hashlib
import json
import struct
import sys
from collections import defaultdict
from pathlib import Path

SHA256 = "145aaf5d1433352a6a1d8e86b5f149c7c653f9171baf14aaf75ee66575def1b0"
COUNTY, STATE, EDGE = 0, 1, 2
UNITS_A_DEGREE = 10_000


def arcs_of(nested):
    """The arcs of a geometry, at any depth of nesting; ~n is arc n reversed."""
    for part in nested:
        if isinstance(part, list):
            yield from arcs_of(part)
        else:
            yield ~part if part < 0 else part


def kinds(topology):
    """What each arc separates: two counties of a state, two states, or the country from the outside."""
    beside = defaultdict(set)
    for county in topology["objects"]["counties"]["geometries"]:
        for arc in arcs_of(county["arcs"]):
            beside[arc].add(county["id"])
    for arc, counties in sorted(beside.items()):
        states = {county[:2] for county in counties}
        yield arc, EDGE if len(counties) == 1 else STATE if len(states) > 1 else COUNTY


def points(arc, transform):
    """The points of an arc in ten-thousandths of a degree, without consecutive duplicates."""
    (scale_x, scale_y), (left, bottom) = transform["scale"], transform["translate"]
    x = y = 0
    last = None
    for dx, dy in arc:
        x, y = x + dx, y + dy
        point = (round((x * scale_x + left) * UNITS_A_DEGREE), round((y * scale_y + bottom) * UNITS_A_DEGREE))
        if point != last:
            yield point
        last = point


def varint(number):
    while number >= 0x80:
        yield number & 0x7F | 0x80
        number >>= 7
    yield number


def zigzag(number):
    return varint(number << 1 if number >= 0 else (-number << 1) - 1)


def main():
    read = Path(sys.argv[1]).read_bytes()
    if hashlib.sha256(read).hexdigest() != SHA256:
        sys.exit("this is not counties-10m.json of us-atlas 3.0.1")
    topology = json.loads(read)
    body, count = bytearray(), 0
    pen = (0, 0)
    for arc, kind in kinds(topology):
        line = list(points(topology["arcs"][arc], topology["transform"]))
        if len(line) < 2:
            continue
        count += 1
        body.append(kind)
        body.extend(varint(len(line)))
        for x, y in line:
            body.extend(zigzag(x - pen[0]))
            body.extend(zigzag(y - pen[1]))
            pen = (x, y)
    out = Path(__file__).with_name("outlines.bin")
    out.write_bytes(b"OUTL\x01\0\0\0" + struct.pack("<I", count) + body)
    print(f"{count} lines, {out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
