"""Figures carry alt text and a digest of their data, and come out the same twice."""

import base64
import io
import re
import warnings

import matplotlib
import numpy as np
import pytest
import torch
from PIL import Image
from tolerance import same

from xfmr_lib import figures

matplotlib.use("Agg")
import matplotlib.pyplot as plt


@pytest.fixture
def shown(monkeypatch):
    calls = []
    monkeypatch.setattr("xfmr_lib.figures.display", lambda data, **more: calls.append(data))
    return calls


def draw(points=5):
    fig, axes = plt.subplots()
    axes.plot(np.arange(points), np.sin(np.arange(points) * 0.7), **figures.arm("ishe"))
    return fig


def test_show_gives_one_output_with_alt_caption_and_digest(shown):
    data = {"sine": np.array([[1.0, 2.0], [3.0, -4.0]])}
    figures.show(draw(), alt='a "wave"', caption="Look at a < b.", data=data)
    assert len(shown) == 1
    assert shown[0]["text/plain"] == (
        "sine (2 by 2): mean 0.5, min -4.0, max 3.0, first 1.0, last -4.0"
    )
    assert 'alt="a &quot;wave&quot;"' in shown[0]["text/html"]
    assert "<figcaption>Look at a &lt; b.</figcaption>" in shown[0]["text/html"]
    assert not plt.get_fignums(), "the figure is closed"


def test_same_data_gives_the_same_bytes(shown):
    figures.show(draw(), alt="wave", data={"x": [1.0]})
    figures.show(draw(), alt="wave", data={"x": [1.0]})
    assert shown[0] == shown[1]


def test_heavy_figures_become_images_of_few_colours(shown):
    figures.show(draw(50_000), alt="many points", data={"x": [1.0]})
    html = shown[0]["text/html"]
    kind, content = re.search(r'src="data:image/([^;]+);base64,([^"]+)"', html).groups()
    assert kind == "webp"
    image = Image.open(io.BytesIO(base64.b64decode(content)))
    assert len(image.convert("RGB").getcolors()) <= 96
    width = int(re.search(r'width="(\d+)"', html)[1])
    assert abs(image.width - 1.5 * width) <= 2, "144 points an inch on a page of 96"


def test_alt_and_data_are_required():
    with pytest.raises(TypeError, match="alt"):
        figures.show(draw())
    plt.close("all")


def test_digest_lets_processors_differ_and_shows_changes():
    x = np.linspace(0.1, 2, 7)
    assert same(figures.digest({"x": x}), figures.digest({"x": x * 1.0002}))
    assert not same(figures.digest({"x": x}), figures.digest({"x": x * 1.01}))
    assert not same(figures.digest({"x": x}), figures.digest({"x": x[:6]}))
    trained = figures.digest({"x": x}, tolerance=0.05)
    assert same(trained, figures.digest({"x": x + 0.03}, tolerance=0.05))
    assert not same(trained, figures.digest({"x": x + 0.2}, tolerance=0.05))


def test_digest_takes_tensors_lists_and_not_finite_values():
    assert "one value" in figures.digest({"x": torch.tensor(2.0, requires_grad=True)})
    assert "nan" in figures.digest({"x": [1, float("nan")]})


def test_whole_floats_are_written_as_floats():
    assert figures.digest({"x": [2.0001]}).startswith("x (1): mean 2.0, min 2.0, max 2.0,")
    assert "first 1.235e+04" in figures.digest({"x": [12345.6]})


def test_arms_differ_in_colour_marker_and_line():
    arms = [figures.arm(name) for name in figures.ARMS]
    for key in ("color", "marker", "linestyle"):
        assert len({str(arm[key]) for arm in arms}) == len(arms)
    assert figures.arm("ishe")["color"] == figures.color("ishe")
    assert figures.arm("something new")["color"] in figures.COLORS


def test_labels_are_names_that_papers_use():
    names = ["attention", "she", "ishe_no_positions", "she_same_size", "ishe l=64", "sheet"]
    assert [figures.label(name) for name in names] == [
        "attention", "SHE", "iSHE no positions", "SHE same size", "iSHE l=64", "sheet",
    ]  # fmt: skip


def test_style_leaves_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figures.style()
        plt.close(draw())


def test_rare_colours_stay_what_they_are(monkeypatch):
    """A point of each colour among grey noise, heavy enough for an image of few colours."""
    monkeypatch.setattr(figures, "LARGEST_SVG", 0)
    fig, axis = plt.subplots()
    axis.imshow(np.random.default_rng(0).random((60, 60)), cmap="gray")
    axis.scatter(*np.arange(0, 56, 8).repeat(2).reshape(7, 2).T, c=figures.COLORS[:7], s=60)
    address = re.search(r'base64,([^"]+)"', figures.picture(fig))[1]
    seen = np.asarray(Image.open(io.BytesIO(base64.b64decode(address))).convert("RGB"), dtype=int)
    for color in figures.COLORS[:7]:
        wanted = [int(color[place : place + 2], 16) for place in (1, 3, 5)]
        # 8 of 255 is below what one sees between neighbours; a median cut is 50 off
        assert abs(seen - wanted).max(-1).min() <= 8
