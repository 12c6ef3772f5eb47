"""A reader opens a chapter from disk, without network, in a real browser."""

import json
import os
import re
import shutil
from pathlib import Path

import pytest
from accessibility import serious

from xfmr_lib.tokenizers import BytePair

ROOT = Path(__file__).resolve().parents[1]
HTML = ROOT / "_build" / "html"
SHOTS = ROOT / "_build" / "screenshots"
CHAPTERS = sorted((HTML / "book").glob("[0-9]*.html"))
MOVING = [path for path in CHAPTERS if 'class="xfmr-interactive"' in path.read_text("utf-8")]
KINDS = ("rows", "journey", "snr", "spectrum", "extraction", "fits")
SLIDERS = [
    path for path in MOVING if re.search(f"xfmr-({'|'.join(KINDS)})", path.read_text("utf-8"))
]
TYPED = [  # accents, a picture made of three characters, digits, white space of several kinds
    "Zoë's café, it'll", "👩‍🚀水", "380 and 123456", "one\ntwo\n", "  x \t y  ", "a\u00a0b\ufeffc",
    "½ _ — “hm”", "Grandmother grandmother", "hhhe aaaa",
]  # fmt: skip
HEADS = [path for path in MOVING if "xfmr-heads" in path.read_text("utf-8")]
BROWSER = HTML / "book" / "feature_browser.html"
CHROMIUM = next(filter(None, map(shutil.which, ["chromium", "chromium-browser"])), None)
SLOWEST = 1500  # milliseconds to the first content: what a reader calls at once
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


def first_paint(page):
    """Milliseconds from the page's opening to its first content."""
    entry = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
    page.wait_for_function(entry)
    return page.evaluate(entry)


def shoot(page, name):
    """A picture of the whole page, for a person to look at; half of the time of these tests."""
    if os.environ.get("XFMR_SCREENSHOTS"):
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


def fits(page):
    widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    return widths[0] <= widths[1]


def test_a_chapter_as_it_is_read(visit, chapter):
    """One opening: drawn at once, maths, figures, a solution; then in dark, then on a telephone."""
    page = visit(chapter)
    drawn = first_paint(page)
    if drawn > SLOWEST:  # the first page that a browser opens also warms the machine
        page.reload()
        drawn = first_paint(page)
    assert drawn < SLOWEST
    wait_for_maths(page)
    page.wait_for_timeout(300)
    assert page.locator(".bd-article mjx-container:visible").count() > 0
    assert page.locator("mjx-merror").count() == 0, "a formula that MathJax cannot read"
    assert fits(page)
    shoot(page, f"{chapter.stem}-light")
    figures_are_seen(page)
    a_hidden_solution_opens(page)
    page.emulate_media(color_scheme="dark")
    page.wait_for_selector("html[data-theme=dark]")  # a script follows the reader's choice
    shoot(page, f"{chapter.stem}-dark")
    page.set_viewport_size({"width": 375, "height": 900})
    assert fits(page)
    shoot(page, f"{chapter.stem}-narrow")
    page.set_viewport_size({"width": 1200, "height": 900})
    assert serious(page, colors_only=True) == []
    page.emulate_media(color_scheme="light")
    page.wait_for_selector("html[data-theme=light]")
    assert serious(page) == []


def figures_are_seen(page):
    figures = page.locator("figure.xfmr-figure img")
    assert figures.count() > 0
    for place in range(figures.count()):
        picture = figures.nth(place)
        picture.scroll_into_view_if_needed()
        assert picture.is_visible()
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100


def a_hidden_solution_opens(page):
    solution = page.locator("details:has(> summary:text('Solution'))").first
    content = solution.locator(":scope > :not(summary)").first
    assert not content.is_visible()
    solution.locator("summary").press("Enter")
    content.wait_for(state="visible")


@pytest.fixture(params=MOVING, ids=[path.stem for path in MOVING])
def moving(request):
    return request.param


@pytest.mark.parametrize("path", SLIDERS, ids=[path.stem for path in SLIDERS])
def test_an_interactive_figure_moves_by_keyboard(visit, path):
    page = visit(path, 375)
    figure = page.locator(f"figure:has({', '.join(f'.xfmr-{kind}' for kind in KINDS)})").first
    figure.scroll_into_view_if_needed()
    assert not figure.locator(".xfmr-still").is_visible()
    readout, picture = figure.locator("[aria-live]"), figure.locator("svg[role=img]")
    said, drawn = [readout.inner_text()], [picture.inner_html()]
    for control in figure.locator("input[type=range], select").all():
        assert figure.locator(f"label[for={control.get_attribute('id')}]").is_visible()
        for key in ("Home", "ArrowRight"):
            control.press(key)
            said.append(readout.inner_text())
            drawn.append(picture.inner_html())
            assert (control.get_attribute("aria-valuetext") or "") in said[-1]
    assert len(set(said)) >= 4 and len(set(drawn)) >= 4
    for width, scheme in [(375, "light"), (1200, "dark")]:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        page.wait_for_selector(f"html[data-theme={scheme}]")
        box, drawing = figure.bounding_box(), picture.bounding_box()
        assert box["x"] <= drawing["x"] and drawing["width"] <= box["width"] <= width
        texts = figure.locator("figcaption, p, label, output, select, button").all()
        colors = {text.evaluate("e => getComputedStyle(e).color") for text in texts}
        paper = figure.evaluate("e => getComputedStyle(e).backgroundColor")
        assert (colors, paper) == ({"rgb(27, 31, 36)"}, "rgb(255, 255, 255)"), "on white"


@pytest.fixture
def moved(visit, tmp_path):
    """Yields a function: the figure of a chapter alone on a page, its readout, what a claim has."""

    def open_figure(name, claim):
        source = next(path for path in MOVING if path.stem == name).read_text(encoding="utf-8")
        figure = re.search(r'(?s)<figure class="xfmr-interactive".*?</figure>', source)[0]
        path = tmp_path / "figure.html"
        path.write_text(f"<!doctype html><meta charset=utf-8>{figure}", encoding="utf-8")
        found = json.loads((ROOT / f"book/results/claims_{name[:2]}.json").read_text())
        (measured,) = [entry["measured"] for entry in found if entry["id"] == claim]
        page = visit(path)
        return page, page.locator("[aria-live]"), measured

    return open_figure


def test_the_extraction_says_what_the_chapter_found(moved):
    page, said, measured = moved("09_ishe", "ishe.root_is_right_for_related")
    (rows, factor), length = page.locator("select").all(), page.locator("input")
    assert f"at row 128: {measured:.0f}. The second half is level" in said.inner_text()
    heights = "a => a.map(e => Number(e.getAttribute('cy') ?? e.points[e.points.length - 1].y))"
    line, *_, dot = page.locator("polyline, .moving circle").evaluate_all(heights)
    assert abs(line - dot) < 1, "36 pixels are a factor of ten: the draws agree with the theorem"
    factor.press("End")
    assert "divides too much" in said.inner_text(), "1/i, for a long text that forgets"
    length.press("Home")
    assert "4 rows" in said.inner_text() and "this factor is right" in said.inner_text()
    rows.press("End")
    factor.press("Home")
    assert "at row 4: 16. It still grows" in said.inner_text(), "everything equal: i squared"


def test_the_fits_say_what_the_chapter_found(moved):
    page, said, measured = moved("11_approximation_rates", "rates.linear_64_heavy")
    memory, heads = page.locator("select"), page.locator("input")
    memory.press("Home")
    assert "With 1 head, logarithmic ones (green) hold it exactly" in said.inner_text()
    for _ in range(3):
        heads.press("ArrowRight")
    share = 100 * (measured / sum(1 / (1 + t) for t in range(1000))) ** 0.5
    assert "With 4 heads" in said.inner_text(), "1, 2, 3, 4"
    assert f"linear ones (purple dashes) miss {share:.1f} per cent of it" in said.inner_text()
    memory.select_option(label="row 2 back")
    heads.press("ArrowLeft")
    assert said.inner_text().count("miss about a ") == 2, "three heads are past the cliff"
    heads.press("ArrowLeft")
    assert said.inner_text().count("per cent") == 2, "two are before it"


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
    assert ("It raises most: " in said[-1]) == (path.stem == "04_circuits")
    assert len(set(said)) == 4 and not figure.locator(".xfmr-still").is_visible()
    box, picture = figure.bounding_box(), figure.locator("svg[role=img]").bounding_box()
    assert box["x"] <= picture["x"] and picture["width"] <= box["width"] <= width


def test_a_text_is_cut_as_the_library_cuts_it(visit):
    page = visit(HTML / "book" / "01_tokenization.html", 375, "dark")
    figure = page.locator("figure:has(.xfmr-merges)")
    given = json.loads(figure.locator('script[type="application/json"]').text_content())["data"]
    library, slider = BytePair(given["pairs"]), figure.locator("input[type=range]")
    field, readout = figure.locator("textarea"), figure.locator("[aria-live]")
    boxes, ids = figure.locator("li"), figure.locator("li small")
    assert field.input_value() == given["text"]
    field.press("Control+End")
    field.press_sequentially("ful")
    assert list(map(int, ids.all_inner_texts())) == library.encode(given["text"] + "ful")
    for text in TYPED:
        field.fill(text)
        assert list(map(int, ids.all_inner_texts())) == library.encode(text), text
    field.fill("Zoë said: the dog")
    cut, said = len(library.encode("Zoë said: the dog")), {readout.inner_text()}
    slider.press("Home")  # no merge yet: a box for each byte
    assert boxes.count() == len("Zoë said: the dog".encode()) > cut
    assert figure.locator("li.byte").all_inner_texts() == ["c3\n195", "ab\n171"]
    for _ in range(2):
        said.add(readout.inner_text())
        assert slider.get_attribute("aria-valuetext") in readout.inner_text()
        slider.press("ArrowRight")
        assert figure.locator("li.new").count() > 0
    slider.press("End")
    assert boxes.count() == cut and len(said) == 3
    assert figure.bounding_box()["width"] <= 375
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    texts = figure.locator("figcaption, p, label, textarea, li, small").all()
    colors = {text.evaluate("e => getComputedStyle(e).color") for text in texts}
    assert colors == {"rgb(27, 31, 36)"}, "dark on white in any theme"
    field.fill("")
    assert boxes.count() == 0 and readout.inner_text().startswith("Nothing to cut yet")
    field.fill("a" * 400)
    assert "Only the first 300" in readout.inner_text()
    assert list(map(int, ids.all_inner_texts())) == library.encode("a" * 300)


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
    shown = figure[0].replace("../_images/", f"{(HTML / '_images').as_uri()}/")
    other = shown.replace(figure[1], "another")
    path = tmp_path / "two.html"
    path.write_text(f"<!doctype html><meta charset=utf-8>{shown}{other}", encoding="utf-8")
    page = visit(path)
    live = page.locator(".xfmr-live")
    said = [{live.nth(k).inner_text()} for k in (0, 1)]
    for key in ("Home", "End"):
        live.nth(1).locator("input[type=range], select").first.press(key)
        for k in (0, 1):
            said[k].add(live.nth(k).inner_text())
    assert live.count() == 2 and len(said[0]) == 1 < len(said[1])
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


OTHERS = [
    *(path for path in sorted((HTML / "book").glob("*.html")) if path not in CHAPTERS),
    *(HTML / f"{name}.html" for name in ("search", "genindex", "py-modindex")),
]


@pytest.mark.parametrize("path", OTHERS, ids=[path.stem for path in OTHERS])
def test_another_page_is_whole_narrow_and_hinders_nobody(visit, path):
    page = visit(path, 375)
    widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert widths[0] <= widths[1]
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{path.stem}-narrow.png", full_page=True)
    assert serious(page) == []
    page.emulate_media(color_scheme="dark")
    page.wait_for_selector("html[data-theme=dark]")
    assert serious(page, colors_only=True) == []


def test_a_check_of_a_page_can_fail(visit):
    page = visit(HTML / "book" / "status.html")
    page.add_style_tag(content=".bd-article p { color: #bbb !important; }")
    page.evaluate("document.querySelector('.bd-article').append(document.createElement('img'))")
    found = {line.split(":")[0] for line in serious(page)}
    assert {"color-contrast", "image-alt"} <= found


def test_a_citation_says_its_work_to_those_who_use_the_keyboard(visit):
    page = visit(HTML / "book" / "09_ishe.html")
    cited = page.locator(".bibtex-citation a[title]").first
    cited.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    shown = cited.evaluate("e => getComputedStyle(e, '::after').content")
    assert cited.get_attribute("title") in shown and "2023" in shown


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
