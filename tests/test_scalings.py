"""Rivals of 1/sqrt(i): what each one promises about the size of the extraction."""

import pytest
import torch

from xfmr_lib import mixers
from xfmr_lib.mixers.extractors import (
    Extractor,
    LearnedScale,
    RMSExtractor,
    inverse,
    inverse_sqrt,
    rows_seen,
    unscaled,
)
from xfmr_lib.transformer import Config, Transformer

WIDTH, WINDOW = 6, 9
EXACT = {"rtol": 0, "atol": 1e-12}  # float64 rounding of sums of at most 54 products


@pytest.fixture
def rows():
    torch.manual_seed(0)
    return torch.randn(2, WINDOW, WIDTH, dtype=torch.float64)


def built(name):
    torch.manual_seed(1)
    return mixers.build(name, WIDTH, WINDOW).double()


def test_inverse_makes_a_mean_of_equal_rows_and_equal_matrices(rows):
    extractor = Extractor(WIDTH, WINDOW, inverse).double()
    with torch.no_grad():
        extractor.extraction.copy_(extractor.extraction[:1].expand_as(extractor.extraction))
    same = rows[:, :1].expand_as(rows)
    torch.testing.assert_close(extractor.extract(same), same @ extractor.extraction[0], **EXACT)


def test_extractor_inverse_is_ishe_divided_once_more(rows):
    again = torch.arange(1.0, WINDOW + 1).double().rsqrt()[:, None]
    torch.testing.assert_close(
        built("extractor_inverse")(rows), built("ishe")(rows) * again, **EXACT
    )


def test_learned_scale_starts_as_ishe(rows):
    scale = LearnedScale(WINDOW)
    seen = rows_seen(rows, WINDOW)
    torch.testing.assert_close(scale(seen).double(), inverse_sqrt(seen))  # its factor is float32
    learned, ishe = built("extractor_learned"), built("ishe")
    torch.testing.assert_close(learned(rows), ishe(rows), rtol=1e-6, atol=1e-6)  # the same


def test_learned_scale_has_one_number_for_each_count_of_rows(rows):
    extractor = Extractor(WIDTH, WINDOW, LearnedScale(WINDOW)).double()
    with torch.no_grad():
        extractor.scaling.factor.copy_(torch.arange(10.0, 10 + WINDOW))
    longer = torch.cat([rows, rows], 1)  # beyond the window the last number is used again
    plain = Extractor(WIDTH, WINDOW, unscaled).double()
    plain.load_state_dict({k: v for k, v in extractor.state_dict().items() if "factor" not in k})
    ratio = extractor.extract(longer) / plain.extract(longer)
    expected = 9 + torch.arange(1.0, 2 * WINDOW + 1).double().clamp(max=WINDOW)
    torch.testing.assert_close(ratio, expected[:, None].expand_as(ratio))


def test_each_layer_learns_a_scale_of_its_own():
    model = Transformer(Config(5, WINDOW, 8, 2, mixer="extractor_learned", position="none"))
    first, second = (block.mix.inner.scaling.factor for block in model.blocks)
    assert first is not second
    plain = Transformer(Config(5, WINDOW, 8, 2, mixer="ishe", position="none"))
    assert model.parameter_count() - plain.parameter_count() == 2 * WINDOW


@pytest.mark.parametrize("louder", [1.0, 100.0])
def test_rms_gives_every_row_size_one_whatever_the_rows(rows, louder):
    extractor = RMSExtractor(WIDTH, WINDOW).double()
    sizes = extractor.extract(rows * louder).square().mean(-1)
    # epsilon takes its share of a sum that happens to be small: at most 1e-6 of 0.01
    torch.testing.assert_close(sizes, torch.ones_like(sizes), rtol=0, atol=1e-4)


def test_rms_keeps_the_direction_and_survives_rows_of_zeros(rows):
    extractor = RMSExtractor(WIDTH, WINDOW).double()
    scaled = extractor.scale(rows, rows_seen(rows, WINDOW))
    cosine = torch.cosine_similarity(scaled, rows, dim=-1)
    torch.testing.assert_close(cosine, torch.ones_like(cosine))
    assert torch.equal(extractor(torch.zeros_like(rows)), torch.zeros_like(rows))


def test_dividing_before_or_after_the_adjustment_is_the_same(rows):
    """No bias stands between: (x A) * (s e) = s ((x A) * e)."""
    after = built("she")(rows) * inverse_sqrt(rows_seen(rows, WINDOW))[:, None]
    torch.testing.assert_close(built("ishe")(rows), after, **EXACT)
