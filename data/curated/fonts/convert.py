"""Builds the two fonts of the choice list from the package's web fonts: Latin and Latin Extended in one file each.

    python convert.py FOLDER-OF-WOFF2-FILES

Needs fonttools and brotli. The same input produces the same bytes.
"""

import os
import sys
import tempfile
from pathlib import Path

os.environ["SOURCE_DATE_EPOCH"] = "0"

from fontTools.merge import Merger
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

HERE = Path(__file__).parent


def part(path, aside):
    """One web font as TrueType, without hints and without features that plain text does not use."""
    font = TTFont(path)
    font.flavor = None
    options = Options()
    options.layout_features = ["ccmp", "kern", "locl", "mark", "mkmk"]
    options.hinting = False
    options.notdef_outline = True
    options.name_IDs = ["*"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[c for table in font["cmap"].tables for c in table.cmap])
    subsetter.subset(font)
    out = Path(aside) / (path.stem + ".ttf")
    font.save(out)
    return str(out)


def main(files):
    for weight, name in ((400, "Regular"), (700, "Bold")):
        with tempfile.TemporaryDirectory() as aside:
            web = [files / f"atkinson-hyperlegible-next-{script}-{weight}-normal.woff2" for script in ("latin", "latin-ext")]
            merged = Merger().merge([part(path, aside) for path in web])
            merged.save(HERE / f"AtkinsonHyperlegibleNext-{name}.ttf")


main(Path(sys.argv[1]))
