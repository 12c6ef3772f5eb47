"""Every chapter opens with one drawing, made as `book/figures/README.md` says."""

import re
from xml.etree import ElementTree

import pytest
from book_notebooks import BOOK, CHAPTERS, NAMES, load

DRAWINGS = sorted((BOOK / "figures").glob("*.svg"))
PALETTE = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#1b1f24"}
QUIET = {"#57606a", "#7a7a7a", "#d0d7de", "#f6f8fa", "#fff", "#ffffff"}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("path", CHAPTERS, ids=NAMES)
def test_a_chapter_opens_with_its_question_and_its_one_picture(path):
    opening = load(path).cells[0].source
    pictures = re.findall(r"!\[(.+?)\]\((\S+)\)", opening)
    assert [address for _, address in pictures] == [f"figures/{path.stem[:2]}.svg"]
    assert len(pictures[0][0].split()) >= 8, "an alt text that says what the picture says"
    assert opening.index("![") < opening.index("**What you will be able to do.**")


def test_no_drawing_is_left_over():
    numbers = ["00", *(path.stem[:2] for path in CHAPTERS)]
    assert [path.stem for path in DRAWINGS] == numbers
    assert "](figures/00.svg)" in (BOOK / "index.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", DRAWINGS, ids=[path.stem for path in DRAWINGS])
def test_a_drawing_is_small_quiet_and_readable(path):
    source = path.read_text(encoding="utf-8")
    assert len(source) <= 10_000
    root = ElementTree.fromstring(source)
    assert root.get("viewBox").startswith("0 0 720 ")
    assert all(len(root.find(SVG + name).text.split()) >= 5 for name in ("title", "desc"))
    kinds = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert not kinds & {"script", "style", "image", "foreignObject", "a"}
    assert not re.findall(r"(?:https?:)?//(?!www\.w3\.org/2000/svg)", source)
    colors = {color.lower() for color in re.findall(r"#[0-9a-fA-F]{3,8}\b", source)}
    assert colors <= PALETTE | QUIET
    sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)"', source)]
    assert min(sizes) >= 22, "eleven pixels on a telephone, where the drawing has half its size"
    assert not re.search(r">[^<]*\d\.\d[^<]*</text>", source), "no measured number"
