"""Interactive figures: inlined whole, readable without a script, and safe in the page."""

import json
import re

import matplotlib
import pytest
import torch
from book_notebooks import CHAPTERS, code, load
from bs4 import BeautifulSoup
from tolerance import same

from xfmr_lib import figures, interactive

matplotlib.use("Agg")
import matplotlib.pyplot as plt


@pytest.fixture
def shown(monkeypatch):
    calls = []
    monkeypatch.setattr("xfmr_lib.interactive.display", lambda data, **more: calls.append(data))
    return calls


def still():
    fig, axes = plt.subplots()
    axes.plot([0, 1], [0, 1])
    return fig


def rows(name="usual"):
    """Data for the template `rows`: one model, two checkpoints, three stages, two rows."""
    where = [[[[0, 0], [1, 0]], [[0, 1], [1, 1]], [[0, 2], [1, 2]]]] * 2
    tokens = [{"label": label, "point": [0, 1], "color": "#000"} for label in "01"]
    return {
        "tokens": tokens,
        "targets": [[0, 1], [1, 0]],
        "next": [0, -1],
        "undecided": "either comes next",
        "stages": ["start", "layer 1", "layer 2"],
        "arms": [{"name": name, "extent": 2, "steps": [0, 10], "rows": where}],
    }


def show(data=None, **changes):
    given = {"alt": "two rows", "caption": "Look.", "checked": {"x": [1.0]}} | changes
    interactive.show("rows", data or rows(), still(), **given)


def page(shown, number=0):
    return BeautifulSoup(shown[number]["text/html"], "html.parser")


def test_one_output_with_still_picture_caption_and_digest(shown):
    show(alt='two "rows"', caption="a < b", checked={"x": [1.0, 2.0]}, tolerance=0.1)
    assert len(shown) == 1 and not plt.get_fignums()
    assert shown[0]["text/plain"] == figures.digest({"x": [1.0, 2.0]}, 0.1)
    image = page(shown).find("img")
    assert image["alt"] == 'two "rows"' and image["src"].startswith("data:image/svg+xml;base64,")
    assert page(shown).find("figcaption").text == "a < b"


def test_the_markup_comes_only_with_the_script(shown):
    show()
    assert not page(shown).find(["input", "select", "button", "label"])
    assert "range" in json.loads(page(shown).find("script", type="application/json").text)["markup"]


def test_data_arrives_whole_and_cannot_leave_its_element(shown):
    nasty = "</script><script>alert(1)</script><!-- __SCRIPT__ \u2028 é"
    show(rows(nasty))
    scripts = page(shown).find_all("script")
    assert len(scripts) == 2
    assert json.loads(scripts[0].text)["data"]["arms"][0]["name"] == nasty
    assert "<!--" not in scripts[0].text


def test_every_figure_has_ids_of_its_own(shown):
    show()
    show()
    ids = []
    for number in (0, 1):
        markup = json.loads(page(shown, number).find("script").text)["markup"]
        inside = BeautifulSoup(markup, "html.parser")
        labels = {label["for"] for label in inside.find_all("label")}
        found = [tag["id"] for tag in [*page(shown, number).find_all(id=True), *inside(id=True)]]
        assert labels <= set(found) and len(labels) == 3
        ids += found
    assert len(ids) == len(set(ids))
    assert "__" not in " ".join(ids)


def test_nothing_is_loaded_and_no_global_name_is_made(shown):
    show()
    html = shown[0]["text/html"]
    assert not re.search(r"https?:|url\(|@import|src=\"(?!data:)", html)
    script = page(shown).find_all("script")[1].text
    assert script.strip().startswith("(() => {") and script.strip().endswith("})();")


def test_drawn_data_is_not_compared_but_the_digest_is(shown):
    show()
    changed = rows()
    changed["arms"][0]["rows"][1][2][0] = [0.5, 2]
    show(changed)
    one, other = (re.sub(r"xfmr-\w+-\d+", "name", call["text/html"]) for call in shown)
    assert one != other and same(one, other)
    assert not same(one, other.replace("Look.", "See."))


def test_numbers_that_are_not_finite_are_refused(shown):
    with pytest.raises(ValueError, match="not JSON compliant"):
        show({"x": float("nan")})
    assert not shown
    plt.close("all")


def test_no_figure_of_the_book_is_heavy():
    """Draw fewer rows or checkpoints, or round them: rounded(values, 2)."""
    for path in CHAPTERS:
        outputs = [output for cell in code(load(path)) for output in cell.outputs]
        pages = [output.get("data", {}).get("text/html", "") for output in outputs]
        heavy = [len(page) for page in pages if "xfmr-interactive" in page and len(page) > 200_000]
        assert not heavy, path.stem


def test_rounded_is_short():
    values = torch.tensor([[1.23456, -0.001]], requires_grad=True)
    assert json.dumps(interactive.rounded(values)) == "[[1.23, -0.0]]"
    assert interactive.rounded([1, [2.345]], 1) == [1.0, [2.3]]
