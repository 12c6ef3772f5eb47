"""The built pages: complete, readable offline, and every picture and link in its place."""

import importlib
import json
import pkgutil
import re
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from book_notebooks import load
from bs4 import BeautifulSoup

from xfmr_lib import claims

ROOT = Path(__file__).resolve().parents[1]
HTML = ROOT / "_build" / "html"
PAGES = sorted((HTML / "book").glob("*.html"))
ADDRESS = re.compile(r"^(?:[a-z]+:)?//", re.IGNORECASE)
LOADING = ("src", "srcset", "data", "poster")
LOADED_LINKS = {"stylesheet", "icon", "preload", "modulepreload", "prefetch", "manifest"}

pytestmark = pytest.mark.skipif(not PAGES, reason="no pages built; run: make html")


@lru_cache
def soup(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@pytest.fixture(params=PAGES, ids=[page.stem for page in PAGES])
def page(request):
    return request.param


def entries():
    """What _toc.yml lists, the root first."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    parts = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    return [toc["root"], *parts]


def test_every_entry_became_a_page_and_nothing_else_did():
    assert {Path(name).name for name in entries()} == {page.stem for page in PAGES}
    assert (HTML / "index.html").is_file()
    assert (HTML / "search.html").is_file()


def test_citations_read_in_a_notebook_as_on_its_page(page):
    notebook = ROOT / "book" / f"{page.stem}.ipynb"
    if not notebook.is_file():
        pytest.skip("not a chapter")
    cells = [cell for cell in load(notebook).cells if cell.cell_type == "markdown"]
    written = re.findall(r"<cite .*?>(.*?)</cite>", "\n".join(cell.source for cell in cells))
    assert written == [place.get_text() for place in soup(page).select(".bibtex-citation")]


def test_one_first_heading(page):
    assert len(soup(page).find_all("h1")) == 1


def test_nothing_loads_from_another_host(page):
    found = []
    for tag in soup(page).find_all(True):
        found += [tag[name] for name in LOADING if ADDRESS.match(tag.get(name) or "")]
        found += [tag["href"]] if _loads(tag) and ADDRESS.match(tag.get("href") or "") else []
        found += _in_styles(tag.get("style") or "")
        found += _in_styles(tag.string or "") if tag.name == "style" else []
        if tag.name == "script" and not tag.get("src"):
            found += re.findall(r"https?://[^\"'\s]+", tag.string or "")
    assert not found


def _loads(tag):
    return tag.name == "link" and LOADED_LINKS & {word.lower() for word in tag.get("rel", [])}


def _in_styles(text):
    targets = re.findall(r"(?:url\(|@import)\s*[\"']?([^\"')\s;]+)", text)
    return [target for target in targets if ADDRESS.match(target)]


def test_no_stylesheet_loads_from_another_host():
    for path in HTML.rglob("*.css"):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not _in_styles(text), path


def test_mathjax_comes_with_the_book(page):
    if not soup(page).select(".math"):
        pytest.skip("no formula on this page")
    scripts = [tag["src"] for tag in soup(page).find_all("script", src=True)]
    found = [name for name in scripts if re.search(r"mathjax.*\.js|tex-[\w-]+\.js", name, re.I)]
    assert found, scripts
    assert all((page.parent / urlsplit(name).path).is_file() for name in found)


def test_every_picture_has_alt_text(page):
    bare = [
        str(tag)[:80] for tag in soup(page).find_all("img") if not (tag.get("alt") or "").strip()
    ]
    assert not bare


def test_a_page_and_its_own_pictures_are_light(page):
    """What all pages share (styles, scripts, maths) is loaded once and does not count."""
    shown = {tag["src"] for tag in soup(page).find_all("img")}
    assert not [address for address in shown if address.startswith("data:")]
    own = [page, *((page.parent / unquote(address)).resolve() for address in shown)]
    weight = sum(path.stat().st_size for path in own)
    assert weight <= 400_000, f"{weight // 1000} kB"


def test_links_inside_the_book_arrive(page):
    broken = []
    for tag in soup(page).find_all(["a", "link", "script", "img"]):
        target = tag.get("href") or tag.get("src") or ""
        parts = urlsplit(target)
        if parts.scheme or parts.netloc or not target or target == "#":
            continue
        path = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        anchor = unquote(parts.fragment)
        if not path.is_file() or (anchor and path.suffix == ".html" and not _has(path, anchor)):
            broken.append(target)
    assert not broken


def _has(path, anchor):
    return anchor in _anchors(path)


@lru_cache
def _anchors(path):
    return {tag.get("id") or tag.get("name") for tag in soup(path).find_all(True)}


def test_the_library_page_shows_every_public_module():
    package = importlib.import_module("xfmr_lib")
    names = {
        module.name.removeprefix("xfmr_lib.")
        for module in pkgutil.walk_packages(package.__path__, "xfmr_lib.")
        if not (module.ispkg or re.search(r"\._|__main__", module.name))
    }
    pages = "".join(page.read_text("utf-8") for page in (ROOT / "book").glob("api*.md"))
    shown = re.findall(r"automodule:: xfmr_lib\.(\S+)", pages)
    assert names <= set(shown) and len(set(shown)) == len(shown), "each once in book/api*.md"


def test_every_line_of_the_scorecard_leads_to_the_cell_that_measured():
    (data,) = soup(HTML / "book" / "21_scorecard.html").select(
        ".xfmr-interactive script[type='application/json']"
    )
    drawn = json.loads(data.string)["data"]
    rows = [row.split("\t") for row in drawn["rows"].split("\n")]
    assert len(rows) == len(claims.ledger())
    for _, _, page, name, *_, asked, _, _ in rows:
        path = HTML / "book" / f"{drawn['pages'][int(page)]}.html"
        anchor = "claim-" + re.sub("[._]", "-", name)
        assert path.is_file() and (not asked or _has(path, anchor)), name
