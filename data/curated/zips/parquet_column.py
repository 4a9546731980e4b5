"""Reads single flat columns of a Parquet file with the standard library only.

It supports what the one file read here uses and rejects everything else: flat columns of
INT64, DOUBLE or BYTE_ARRAY (as UTF-8), version 1 data pages, plain or dictionary
encoding, no compression or Snappy.
"""

import struct

INT64, DOUBLE, BYTE_ARRAY = 2, 5, 6
PLAIN, PLAIN_DICTIONARY, RLE_DICTIONARY = 0, 2, 8
DATA_PAGE, DICTIONARY_PAGE = 0, 2
UNCOMPRESSED, SNAPPY = 0, 1


def read_columns(data, names):
    """The named columns, each a list with one value (or None) per row."""
    footer_size = struct.unpack("<I", data[-8:-4])[0]
    if data[:4] != b"PAR1" or data[-4:] != b"PAR1":
        raise ValueError("not a Parquet file")
    footer, _ = read_struct(data, len(data) - 8 - footer_size)
    optional = {element[4].decode(): element.get(3) == 1 for element in footer[2]}
    columns = {name: [] for name in names}
    for group in footer[4]:
        for chunk in group[1]:
            meta = chunk[3]
            name = b".".join(meta[3]).decode()
            if name in columns:
                columns[name] += read_chunk(data, meta, optional[name])
    for name in names:
        if len(columns[name]) != footer[3]:
            raise ValueError(f"column {name} has {len(columns[name])} of {footer[3]} rows")
    return columns


def read_chunk(data, meta, optional):
    kind, codec, rows = meta[1], meta[4], meta[5]
    at = min(meta[9], meta.get(11, meta[9]))
    dictionary, values = None, []
    while len(values) < rows:
        header, at = read_struct(data, at)
        page = decompress(data[at : at + header[3]], codec)
        at += header[3]
        if len(page) != header[2]:
            raise ValueError("page size differs from its header")
        if header[1] == DICTIONARY_PAGE:
            dictionary, _ = read_plain(page, 0, kind, header[7][1])
        elif header[1] == DATA_PAGE:
            values += read_page(page, header[5], kind, optional, dictionary)
        else:
            raise ValueError(f"page type {header[1]}")
    return values


def read_page(page, header, kind, optional, dictionary):
    rows, encoding, at = header[1], header[2], 0
    present = [1] * rows
    if optional:
        size = struct.unpack_from("<I", page)[0]
        present = read_runs(page[4 : 4 + size], 1, rows)
        at = 4 + size
    count = sum(present)
    if encoding == PLAIN:
        found, _ = read_plain(page, at, kind, count)
    elif encoding in (PLAIN_DICTIONARY, RLE_DICTIONARY):
        found = [dictionary[i] for i in read_runs(page[at + 1 :], page[at], count)]
    else:
        raise ValueError(f"encoding {encoding}")
    found = iter(found)
    return [next(found) if p else None for p in present]


def read_plain(page, at, kind, count):
    if kind in (INT64, DOUBLE):
        code = "q" if kind == INT64 else "d"
        return list(struct.unpack_from(f"<{count}{code}", page, at)), at + 8 * count
    if kind != BYTE_ARRAY:
        raise ValueError(f"physical type {kind}")
    values = []
    for _ in range(count):
        size = struct.unpack_from("<I", page, at)[0]
        values.append(page[at + 4 : at + 4 + size].decode())
        at += 4 + size
    return values, at


def read_runs(data, width, count):
    """The run-length / bit-packed hybrid: `count` integers of `width` bits."""
    values, at, step = [], 0, (width + 7) // 8
    while len(values) < count:
        head, at = read_varint(data, at)
        if head & 1:
            size = (head >> 1) * width
            mask = (1 << width) - 1
            for start in range(at, at + size, width):
                eight = int.from_bytes(data[start : start + width], "little")
                values += [(eight >> (i * width)) & mask for i in range(8)]
            at += size
        else:
            values += [int.from_bytes(data[at : at + step], "little")] * (head >> 1)
            at += step
    return values[:count]


def decompress(block, codec):
    if codec == UNCOMPRESSED:
        return block
    if codec != SNAPPY:
        raise ValueError(f"compression {codec}")
    size, at = read_varint(block, 0)
    out = bytearray()
    while at < len(block):
        tag, at = block[at], at + 1
        if tag & 3 == 0:
            length = (tag >> 2) + 1
            if length > 60:
                extra = length - 60
                length = int.from_bytes(block[at : at + extra], "little") + 1
                at += extra
            out += block[at : at + length]
            at += length
            continue
        if tag & 3 == 1:
            length, offset = ((tag >> 2) & 7) + 4, (tag >> 5) << 8 | block[at]
            at += 1
        else:
            extra = 2 if tag & 3 == 2 else 4
            length, offset = (tag >> 2) + 1, int.from_bytes(block[at : at + extra], "little")
            at += extra
        for _ in range(length):
            out.append(out[-offset])
    if len(out) != size:
        raise ValueError("Snappy block is damaged")
    return bytes(out)


def read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def read_struct(data, at):
    """A Thrift compact struct as a dict from field number to value."""
    fields, number = {}, 0
    while data[at] != 0:
        head, at = data[at], at + 1
        if head >> 4:
            number += head >> 4
        else:
            raw, at = read_varint(data, at)
            number = (raw >> 1) ^ -(raw & 1)
        if head & 15 in (1, 2):
            fields[number] = head & 15 == 1
        else:
            fields[number], at = read_value(data, at, head & 15)
    return fields, at + 1


def read_value(data, at, kind):
    if kind in (1, 2):
        return data[at] == 1, at + 1
    if kind == 3:
        return data[at], at + 1
    if kind in (4, 5, 6):
        raw, at = read_varint(data, at)
        return (raw >> 1) ^ -(raw & 1), at
    if kind == 7:
        return struct.unpack_from("<d", data, at)[0], at + 8
    if kind == 8:
        size, at = read_varint(data, at)
        return data[at : at + size], at + size
    if kind in (9, 10):
        head, at = data[at], at + 1
        size = head >> 4
        if size == 15:
            size, at = read_varint(data, at)
        values = []
        for _ in range(size):
            value, at = read_value(data, at, head & 15)
            values.append(value)
        return values, at
    if kind == 12:
        return read_struct(data, at)
    raise ValueError(f"Thrift type {kind}")
