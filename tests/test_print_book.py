"""A few pages of the book in one PDF: what stands where, and that nothing else got in."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

ROOT = Path(__file__).resolve().parents[1]
PAGES = ["index", "status", "references"]  # short ones, with links to each other and to the net
BUILT = all((ROOT / "_build/html/book" / f"{name}.html").exists() for name in PAGES)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine (apt install chromium)"),
    pytest.mark.skipif(not BUILT, reason="no pages built; run: make html"),
]


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    path = tmp_path_factory.mktemp("print") / "book.pdf"
    script = ROOT / "book" / "_ext" / "print_book.py"
    subprocess.run([sys.executable, str(script), str(path), *PAGES], check=True)
    assert [found.name for found in path.parent.iterdir()] == ["book.pdf"], "sheets are cleared"
    assert b"file:" not in path.read_bytes()
    return PdfReader(path)


def marks(book, outline=None, depth=0):
    """(depth, title, number of the page, from 1) of every bookmark."""
    for item in book.outline if outline is None else outline:
        if isinstance(item, list):
            yield from marks(book, item, depth + 1)
        else:
            yield depth, item.title, book.get_destination_page_number(item) + 1


def letters(text):
    return "".join(text.split())


def test_bookmarks_lead_to_their_headings(book):
    found = list(marks(book))
    for title in ("Rows in Motion", "To look things up", "Status", "References", "Three doors"):
        assert title in [mark[1] for mark in found]
    for _, title, number in found:
        if title != "To look things up":  # a part, which no page has as a heading
            assert letters(title) in letters(book.pages[number - 1].extract_text()), title


def test_the_contents_and_each_sheet_say_the_right_number(book):
    contents = " ".join(book.pages[1].extract_text().split())
    places = {title: number for _, title, number in marks(book)}
    for title in ("Rows in Motion", "Status", "References"):
        assert f"{title} {places[title]}" in contents
    for number, sheet in list(enumerate(book.pages, 1))[2:]:
        words = sheet.extract_text().split()
        assert str(number) in (words[0], words[-1])


def test_links_lead_into_the_file_or_to_the_net_never_to_this_machine(book):
    notes = [note.get_object() for sheet in book.pages for note in sheet.get("/Annots", [])]
    addresses = [note["/A"]["/URI"] for note in notes if "/URI" in note.get("/A", {})]
    inside = [note for note in notes if "/Dest" in note]
    assert addresses and all(address.startswith("http") for address in addresses)
    assert len(inside) + len(addresses) == len(notes)
    first = {title: number - 1 for _, title, number in marks(book)}
    sheets = {book.get_page_number(note["/Dest"][0].get_object()) for note in inside}
    landing = set(range(first["Rows in Motion"], first["Status"]))
    assert sheets & landing, "the page of costs has links to the landing page"
