"""One PDF of the built pages: python book/_ext/print_book.py OUTPUT [PAGE ...].

Chromium prints the pages in the order of _toc.yml, without a network; pypdf joins them behind a
title and a list of contents. Bookmarks follow parts, pages and their sections. A link to a page
of the book leads to its place in the file; one to another file of this machine is left out.
"""

import shutil
import sys
from html import escape
from pathlib import Path
from urllib.parse import unquote, urldefrag

import yaml
from playwright.sync_api import sync_playwright
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Link
from pypdf.generic import ArrayObject, Destination, Fit, NameObject

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"
TITLES = "[...document.querySelectorAll('.bd-article :is(h1, h2)')].map(h => h.firstChild.data)"
WHOLE = """async () => {
  for (const folded of document.querySelectorAll("details")) folded.open = true;
  for (const image of document.images) image.loading = "eager";
  await Promise.all([...document.images].map(image => image.decode()));
}"""
PAPER = {"format": "A4", "print_background": True, "outline": True, "tagged": True}
NUMBERS = """@page {{ margin: 18mm 18mm 20mm; @bottom-center {{
  content: counter(page); font: 9pt sans-serif; }} }} html {{ counter-reset: page {before}; }}"""
FRONT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 11pt/1.5 sans-serif; }} h1 {{ margin-top: 35vh; font-size: 30pt; }}
section {{ break-before: page; }} p {{ display: flex; justify-content: space-between;
margin: 0.1em 0; gap: 1em; break-inside: avoid; }} b {{ display: block; margin-top: 0.6em; }}
</style><h1>{title}</h1><div>{author}, {year}</div><section><h2>Contents</h2>{lines}</section>"""


def chosen(names):
    """(part, page) in the order of the book: all, or those whose name is given."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    found = [(None, toc["root"])]
    found += [(p["caption"], c["file"]) for p in toc["parts"] for c in p["chapters"]]
    found = [(part, HTML / f"{file}.html") for part, file in found]
    return [(part, path) for part, path in found if not names or path.stem in names]


def print_page(page, path, before, folder):
    """A built page on paper, its numbers beginning behind `before`: its headings and a reader."""
    page.goto(path.as_uri())
    if page.locator(".math").count():
        page.wait_for_function("MathJax.startup.promise.then(() => true)", timeout=120_000)
    page.add_style_tag(content=NUMBERS.format(before=before))
    titles = page.evaluate(TITLES)
    page.evaluate(WHOLE)
    page.pdf(path=folder / f"{path.stem}.pdf", **PAPER)
    return titles, PdfReader(folder / f"{path.stem}.pdf")


def front(page, config, titles, folder):
    """The title and the contents; titles: (part, title, number of its first page)."""
    lines, last = [], None
    for part, title, number in titles:
        lines.append(f"<b>{escape(part)}</b>" if part and part != last else "")
        lines.append(f"<p><span>{escape(title)}</span><span>{number}</span></p>")
        last = part
    known = {"title": config["title"], "author": config["author"], "year": config["copyright"]}
    page.set_content(FRONT.format(lines="\n".join(lines), **known))
    page.pdf(path=folder / "front.pdf", **PAPER | {"outline": False})
    return PdfReader(folder / "front.pdf")


def join(front_pages, parts, config, output):
    """All pages in one file; parts: (part, path, headings, reader)."""
    writer, starts, shelf = PdfWriter(), {}, None
    writer.add_metadata({"/Title": config["title"], "/Author": config["author"]})
    for sheet in front_pages.pages:
        writer.add_page(sheet)
    for part, path, (title, *headings), reader in parts:
        starts[path] = start = len(writer.pages)
        for sheet in reader.pages:
            writer.add_page(sheet)
        if part and (shelf is None or shelf[0] != part):
            shelf = part, writer.add_outline_item(title=part, page_number=start)
        mark = writer.add_outline_item(
            title=title, page_number=start, parent=shelf[1] if part else None
        )
        for heading, section in zip(headings, sections(reader.outline), strict=True):
            number = start + reader.get_destination_page_number(section)
            writer.add_outline_item(title=heading, page_number=number, parent=mark)
    readers = {path: reader for _, path, _, reader in parts}
    for path, reader in readers.items():
        for number in range(len(reader.pages)):
            relink(writer, starts, readers, path, starts[path] + number)
    writer.compress_identical_objects()
    writer.write(output)


def sections(outline):
    """The second-level headings of a page."""
    for above in outline:
        if isinstance(above, list):
            yield from (below for below in above if isinstance(below, Destination))


def relink(writer, starts, readers, path, number):
    """Let the links of this sheet lead into the file, or nowhere if they name another file."""
    sheet = writer.pages[number]
    links = sheet.get("/Annots", ArrayObject()).get_object()
    sheet[NameObject("/Annots")] = ArrayObject()
    for link in links:
        note = link.get_object()
        address = note.get("/A", {}).get("/URI", "")
        name = note.get("/Dest") or note.get("/A", {}).get("/D")
        target, anchor = path, str(name or "").removeprefix("/")
        if address.startswith("file:"):
            target, anchor = urldefrag(address)
            target, anchor = Path(unquote(target.removeprefix("file://"))), unquote(anchor)
        elif address:
            sheet["/Annots"].append(link)
            continue
        if target in starts:
            places = readers[target].named_destinations
            place = places.get(anchor)
            page = readers[target].get_destination_page_number(place) if place else 0
            fit = Fit.xyz(top=place.top) if place else Fit.fit_horizontally()
            arrives = Link(rect=note["/Rect"], target_page_index=starts[target] + page, fit=fit)
            writer.add_annotation(number, arrives)


def main(output, *names):
    """Print, count, and print the contents again with the numbers found."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    chromium = next(filter(None, map(shutil.which, ["chromium", "chromium-browser"])))
    folder = Path(output).resolve().parent / "sheets"
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as machinery:
        browser = machinery.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_context(offline=True, color_scheme="light").new_page()
        wanted = chosen(names)
        unknown = [(part, path.stem.replace("_", " ") * 2, 999) for part, path in wanted]
        before = len(front(page, config, unknown, folder).pages)
        parts, titles = [], []
        for part, path in wanted:
            headings, reader = print_page(page, path, before, folder)
            parts.append((part, path, headings, reader))
            titles.append((part, headings[0], before + 1))
            before += len(reader.pages)
        join(front(page, config, titles, folder), parts, config, output)
        browser.close()
    shutil.rmtree(folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
