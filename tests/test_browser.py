"""A reader opens a chapter from disk, without network, in a real browser."""

import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HTML = ROOT / "_build" / "html"
SHOTS = ROOT / "_build" / "screenshots"
CHAPTERS = sorted((HTML / "book").glob("[0-9]*.html"))
MOVING = [path for path in CHAPTERS if 'class="xfmr-interactive"' in path.read_text("utf-8")]
SLIDERS = [
    path for path in MOVING if re.search("xfmr-(rows|snr|spectrum)", path.read_text("utf-8"))
]
HEADS = [path for path in MOVING if "xfmr-heads" in path.read_text("utf-8")]
BROWSER = HTML / "book" / "feature_browser.html"
CHROMIUM = next(filter(None, map(shutil.which, ["chromium", "chromium-browser"])), None)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [
    pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine (apt install chromium)"),
    pytest.mark.skipif(not CHAPTERS, reason="no chapter is built; run: make html"),
]


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as machinery:
        browser = machinery.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser):
    """Open a page offline; yields a function, and checks at the end that nothing went wrong."""
    contexts, wrong = [], []

    def visit(path, width=1200, scheme="light", query=""):
        size = {"width": width, "height": 900}
        context = browser.new_context(offline=True, color_scheme=scheme, viewport=size)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("requestfailed", lambda request: wrong.append(f"not loaded: {request.url}"))
        page.goto(path.as_uri() + query)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert not wrong


@pytest.fixture(params=CHAPTERS, ids=[path.stem for path in CHAPTERS])
def chapter(request):
    return request.param


def wait_for_maths(page):
    """Until the first formula is set; it may stand in a folded place, so it need not be seen."""
    page.wait_for_selector("mjx-container", timeout=20_000, state="attached")


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [("light", 1200, "light"), ("dark", 1200, "dark"), ("narrow", 375, "light")],
)
def test_a_chapter_has_its_maths_and_does_not_scroll_sideways(visit, chapter, name, width, scheme):
    page = visit(chapter, width, scheme)
    wait_for_maths(page)
    page.wait_for_timeout(300)
    assert page.locator(".bd-article mjx-container:visible").count() > 0
    assert page.locator("mjx-merror").count() == 0, "a formula that MathJax cannot read"
    widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert widths[0] <= widths[1]
    SHOTS.mkdir(parents=True, exist_ok=True)
    target = SHOTS / f"{chapter.stem}-{name}.png"
    page.screenshot(path=target, full_page=True)
    assert target.stat().st_size > 10_000


def test_figures_are_seen_and_a_hidden_solution_opens(visit, chapter):
    page = visit(chapter)
    figures = page.locator("figure.xfmr-figure img")
    assert figures.count() > 0
    for place in range(figures.count()):
        picture = figures.nth(place)
        picture.scroll_into_view_if_needed()
        assert picture.is_visible()
        assert picture.evaluate("image => image.complete && image.naturalWidth") > 100
    solution = page.locator(".solution.dropdown").first
    content = solution.locator(".section, section").first
    page.wait_for_selector(".solution.toggle-hidden")
    assert not content.is_visible()
    solution.locator("p.admonition-title").click(position={"x": 300, "y": 10})
    assert content.is_visible()


@pytest.fixture(params=MOVING, ids=[path.stem for path in MOVING])
def moving(request):
    return request.param


@pytest.mark.parametrize(("width", "scheme"), [(375, "light"), (1200, "dark")])
@pytest.mark.parametrize("path", SLIDERS, ids=[path.stem for path in SLIDERS])
def test_an_interactive_figure_moves_by_keyboard(visit, path, width, scheme):
    figure = (
        visit(path, width, scheme)
        .locator("figure:has(.xfmr-rows, .xfmr-snr, .xfmr-spectrum)")
        .first
    )
    figure.scroll_into_view_if_needed()
    assert not figure.locator(".xfmr-still").is_visible()
    said = [figure.locator("[aria-live]").inner_text()]
    for slider in figure.locator("input[type=range]").all():
        assert figure.locator(f"label[for={slider.get_attribute('id')}]").is_visible()
        for key in ("Home", "ArrowRight"):
            slider.press(key)
            said.append(figure.locator("[aria-live]").inner_text())
            assert slider.get_attribute("aria-valuetext") in said[-1]
    assert len(set(said)) >= 4
    box, picture = figure.bounding_box(), figure.locator("svg[role=img]").bounding_box()
    assert box["x"] <= picture["x"] and picture["width"] <= box["width"] <= width
    texts = figure.locator("figcaption, p, label, output, select, button").all()
    colors = {text.evaluate("e => getComputedStyle(e).color") for text in texts}
    paper = figure.evaluate("e => getComputedStyle(e).backgroundColor")
    assert (colors, paper) == ({"rgb(27, 31, 36)"}, "rgb(255, 255, 255)"), "on white in any theme"


@pytest.mark.parametrize("width", [375, 1200])
@pytest.mark.parametrize("path", HEADS, ids=[path.stem for path in HEADS])
def test_heads_are_chosen_and_rows_looked_at(visit, path, width):
    figure = visit(path, width).locator("figure:has(.xfmr-heads)").first
    figure.scroll_into_view_if_needed()
    readout, row = figure.locator("[aria-live]"), figure.locator("input[type=range]")
    said = [readout.inner_text()]
    chosen = figure.locator("input[type=radio]:checked")
    chosen.press("ArrowLeft")
    said.append(readout.inner_text())
    row.press("Home")
    assert "1.00 at row 0" in readout.inner_text(), "the first row sees itself alone"
    row.press("ArrowRight")
    said.append(readout.inner_text())
    figure.locator(".text span").last.hover()
    said.append(readout.inner_text())
    assert row.get_attribute("aria-valuetext") in said[-1]
    assert len(set(said)) == 4 and not figure.locator(".xfmr-still").is_visible()
    box, picture = figure.bounding_box(), figure.locator("svg[role=img]").bounding_box()
    assert box["x"] <= picture["x"] and picture["width"] <= box["width"] <= width


def test_an_interactive_figure_has_a_still_picture_on_paper(visit, moving):
    page = visit(moving)
    page.emulate_media(media="print")
    figure = page.locator("figure.xfmr-interactive").first
    assert figure.locator(".xfmr-still").is_visible()
    assert not figure.locator(".xfmr-live").is_visible()


def test_an_interactive_figure_has_a_still_picture_without_scripts(browser, moving):
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(moving.as_uri())
    figure = page.locator("figure.xfmr-interactive").first
    assert figure.locator(".xfmr-still").is_visible()
    assert figure.locator("input, select, button").count() == 0
    context.close()


def test_two_interactive_figures_do_not_disturb_each_other(visit, moving, tmp_path):
    source = moving.read_text(encoding="utf-8")
    figure = re.search(r'(?s)<figure class="xfmr-interactive" id="(.*?)">.*?</figure>', source)
    other = figure[0].replace(figure[1], "another")
    path = tmp_path / "two.html"
    path.write_text(f"<!doctype html><meta charset=utf-8>{figure[0]}{other}", encoding="utf-8")
    page = visit(path)
    live = page.locator(".xfmr-live")
    before = [live.nth(k).inner_text() for k in (0, 1)]
    live.nth(1).locator("input[type=range], select").first.press("End")
    after = [live.nth(k).inner_text() for k in (0, 1)]
    assert live.count() == 2 and after[0] == before[0] and after[1] != before[1]
    ours = page.evaluate(
        "['root', 'data', 'given', 'figure', 'draw', 'marks'].filter(n => n in window)"
    )
    assert ours == []


def test_the_scorecard_shows_what_is_chosen(visit):
    page = visit(HTML / "book" / "21_scorecard.html")
    figure = page.locator("figure.xfmr-interactive").first
    said, rows = figure.locator("[role=status]").first, figure.locator("tbody tr:visible")
    everything = rows.count()
    assert said.inner_text().startswith(f"{everything} of {everything} ")
    figure.locator("select").first.press("End")
    assert 0 < rows.count() < everything
    assert said.inner_text().startswith(f"{rows.count()} of {everything} ")


def test_search_finds_attention(visit):
    page = visit(HTML / "search.html", query="?q=attention")
    page.wait_for_selector("#search-results li", timeout=20_000)
    assert page.locator("#search-results li").count() > 0


def test_library_and_landing_pages(visit):
    for name in ("index", "notation", "api", "teaching", "references", "status", "changes"):
        page = visit(HTML / "book" / f"{name}.html", 375)
        widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert widths[0] <= widths[1], name


@pytest.mark.skipif(not BROWSER.exists(), reason="the feature browser is not built")
@pytest.mark.parametrize(("width", "scheme"), [(375, "light"), (1200, "dark")])
def test_features_are_searched_and_walked_through(visit, width, scheme):
    figure = visit(BROWSER, width, scheme).locator("figure:has(.xfmr-features)").first
    figure.scroll_into_view_if_needed()
    said, found = figure.locator("[aria-live]"), figure.locator("output.found")
    search, choice = figure.locator("input[type=search]"), figure.locator("select")
    everything, texts = found.inner_text(), [said.inner_text()]
    choice.press("ArrowDown")
    texts.append(said.inner_text())
    assert len(set(texts)) == 2 and figure.locator(".context .most").count() > 0
    assert figure.locator(f"label[for={search.get_attribute('id')}]").is_visible()
    search.fill("said")
    assert found.inner_text() != everything and choice.locator("option").count() > 0
    search.fill("no such word anywhere")
    assert choice.locator("option").count() == 0 and "No feature" in said.inner_text()
    search.fill("")
    assert found.inner_text() == everything
    box = figure.bounding_box()
    assert (
        box["x"] >= 0 and box["width"] <= width and not figure.locator(".xfmr-still").is_visible()
    )
    texts = figure.locator("figcaption, p, label, output, select, input").all()
    colors = {text.evaluate("e => getComputedStyle(e).color") for text in texts}
    assert colors == {"rgb(27, 31, 36)"}, "dark on white in any theme"


@pytest.mark.skipif(not BROWSER.exists(), reason="the feature browser is not built")
def test_the_feature_browser_has_a_still_list_without_scripts(browser):
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(BROWSER.as_uri())
    assert page.locator("figure.xfmr-interactive .xfmr-still").is_visible()
    assert page.locator("figure.xfmr-interactive input").count() == 0
    context.close()
