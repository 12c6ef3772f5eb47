"""What every mixer must do, then what each one promises."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from xfmr_lib import mixers, positions
from xfmr_lib.mixers.attention import Attention, attention_pattern
from xfmr_lib.mixers.base import Mixer
from xfmr_lib.mixers.extractors import AbsoluteExtractor, Extractor, inverse_sqrt

WIDTH, WINDOW, HEADS = 12, 10, 3


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


@pytest.mark.parametrize("name", sorted(mixers.REGISTRY))
@pytest.mark.parametrize("time", [1, 2, WINDOW])
def test_keeps_the_shape(name, time):
    mixer = mixers.build(name, WIDTH, WINDOW, HEADS)
    assert mixer(torch.randn(4, time, WIDTH)).shape == (4, time, WIDTH)


@pytest.mark.parametrize("name", sorted(mixers.REGISTRY))
def test_later_rows_never_change_earlier_outputs(name):
    mixer = mixers.build(name, WIDTH, WINDOW, HEADS).double()
    x = torch.randn(2, WINDOW, WIDTH, dtype=torch.float64)
    before = mixer(x)
    for place in range(1, WINDOW):
        changed = x.clone()
        changed[:, place:] = torch.randn_like(changed[:, place:])
        after = mixer(changed)
        # transforms leak rounding (1e-16 of the size), never information
        torch.testing.assert_close(after[:, :place], before[:, :place], rtol=0, atol=1e-12)
        assert not torch.allclose(after[:, place], before[:, place])


@pytest.mark.parametrize("primed", [1, 4, WINDOW - 1])
@pytest.mark.parametrize("name", sorted(mixers.REGISTRY))
def test_one_row_at_a_time_equals_all_at_once(name, primed):
    mixer = mixers.build(name, WIDTH, WINDOW, HEADS).double()
    x = torch.randn(2, WINDOW, WIDTH, dtype=torch.float64)
    outputs, memory = mixer.prime(x[:, :primed])
    outputs = [*outputs.unbind(1)]
    for row in x[:, primed:].unbind(1):
        output, memory = mixer.step(row, memory)
        outputs.append(output)
    # float64 rounding of sums over at most 120 products
    torch.testing.assert_close(torch.stack(outputs, 1), mixer(x), rtol=0, atol=1e-11)


def test_a_mixer_without_a_memory_of_its_own_keeps_every_row():
    class RunningSum(Mixer):
        def forward(self, x):
            return x.cumsum(1)

    mixer, x = RunningSum(), torch.randn(2, WINDOW, WIDTH)
    _, memory = mixer.prime(x[:, :-1])
    output, memory = mixer.step(x[:, -1], memory)
    assert torch.equal(memory, x) and torch.equal(output, mixer(x)[:, -1])


@pytest.mark.parametrize("name", sorted(mixers.REGISTRY))
def test_every_parameter_gets_a_gradient(name):
    mixer = mixers.build(name, WIDTH, WINDOW, HEADS)
    for parameter in mixer.parameters():  # queries that start at zero leave keys no gradient
        parameter.data.add_(0.1 * torch.randn_like(parameter))
    mixer(torch.randn(2, WINDOW, WIDTH)).square().sum().backward()
    for parameter in mixer.parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0


def test_unknown_mixer_names_the_known_ones():
    with pytest.raises(ValueError, match="'atention'.*attention.*ishe"):
        mixers.build("atention", WIDTH, WINDOW)


# --- attention -------------------------------------------------------------------------------


def test_attention_equals_torchs_multihead_attention():
    ours = Attention(WIDTH, HEADS)
    theirs = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(ours.qkv.weight)
        theirs.in_proj_bias.copy_(ours.qkv.bias)
        theirs.out_proj.weight.copy_(ours.output.weight)
        theirs.out_proj.bias.copy_(ours.output.bias)
    x = torch.randn(2, WINDOW, WIDTH)
    mask = nn.Transformer.generate_square_subsequent_mask(WINDOW)
    expected, weights = theirs(x, x, x, attn_mask=mask, average_attn_weights=False)
    torch.testing.assert_close(ours(x), expected, rtol=1e-5, atol=1e-6)  # float32 rounding
    torch.testing.assert_close(ours.pattern(x), weights, rtol=1e-5, atol=1e-6)


def test_plain_pattern_equals_scaled_dot_product_attention():
    q, k, v = torch.randn(3, 2, HEADS, WINDOW, 5, dtype=torch.float64)
    expected = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    torch.testing.assert_close(attention_pattern(q, k) @ v, expected, rtol=0, atol=1e-12)


def test_heads_must_divide_the_width():
    with pytest.raises(ValueError, match="width 12 is not divisible by 5 heads"):
        Attention(WIDTH, 5)


def test_rotary_knows_the_distance_only():
    q, k = torch.randn(2, 1, 1, 1, 8, dtype=torch.float64)
    queries = positions.rotary(q.expand(1, 1, 20, 8))
    keys = positions.rotary(k.expand(1, 1, 20, 8))
    scores = (queries @ keys.transpose(-2, -1))[0, 0]
    for distance in range(-19, 20):
        same = scores.diagonal(distance)
        torch.testing.assert_close(same, same[:1].expand_as(same), rtol=0, atol=1e-12)
    assert scores[0].std() > 0.01  # and the distance does matter


def test_rotary_preserves_length():
    heads = torch.randn(1, 2, 7, 6, dtype=torch.float64)
    torch.testing.assert_close(positions.rotary(heads).norm(dim=-1), heads.norm(dim=-1))


def test_sinusoids_by_the_formula():
    table = positions.sinusoids(50, 6)
    for place in (0, 1, 49):
        for k in range(3):
            angle = torch.tensor(place / 10_000 ** (2 * k / 6))
            torch.testing.assert_close(table[place, 2 * k], angle.sin())
            torch.testing.assert_close(table[place, 2 * k + 1], angle.cos())


# --- extractors ------------------------------------------------------------------------------


def definition(extractor, x, relative, scale):
    """The paper's sum with three loops and i counted from 1."""
    window, width, _ = extractor.extraction.shape
    y = torch.zeros_like(x)
    for b in range(x.shape[0]):
        for i in range(1, x.shape[1] + 1):
            total = torch.zeros(width, dtype=x.dtype)
            first = max(1, i - window + 1)
            for j in range(first, i + 1):
                k = i - j + 1 if relative else j
                total = total + x[b, j - 1] @ extractor.extraction[k - 1]
            seen = min(i, window)
            extraction = total / seen**0.5 if scale else total
            y[b, i - 1] = (x[b, i - 1] @ extractor.adjustment) * extraction
    return y


@pytest.mark.parametrize("name", ["she", "ishe", "she_absolute", "ishe_absolute"])
def test_extractors_equal_their_definition(name):
    extractor = mixers.build(name, 4, 8).double()
    relative = "absolute" not in name
    time = 13 if relative else 8  # the relative one also slides over longer texts
    x = torch.randn(2, time, 4, dtype=torch.float64)
    expected = definition(extractor, x, relative, name.startswith("ishe"))
    torch.testing.assert_close(extractor(x), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", [Extractor, AbsoluteExtractor])
@pytest.mark.parametrize("place", [1, 8, 128])
def test_variance_of_the_extraction(kind, place):
    """Independent unit rows: variance i without scaling, 1 with it."""
    samples, width = 500, 64
    extractor, scaled = kind(width, 128), kind(width, 128, inverse_sqrt)
    x = torch.randn(samples, place, width)
    with torch.no_grad():
        raw, even = extractor.extract(x)[:, -1].var(), scaled.extract(x)[:, -1].var()
    # Spread: one draw of the 64 x 64 matrices is the largest part, sd sqrt(2 / 64^2) = 2.2 %,
    # the samples add 0.8 %; four of their sum in quadrature are 10 %.
    assert raw.item() == pytest.approx(place, rel=0.10)
    assert even.item() == pytest.approx(1.0, rel=0.10)


def test_shift_tells_relative_from_absolute():
    x = torch.randn(1, 6, WIDTH, dtype=torch.float64)
    padded = torch.cat([torch.zeros(1, 3, WIDTH, dtype=torch.float64), x], dim=1)
    relative = Extractor(WIDTH, WINDOW).double()
    absolute = AbsoluteExtractor(WIDTH, WINDOW).double()
    torch.testing.assert_close(relative(padded)[:, 3:], relative(x), rtol=0, atol=1e-12)
    assert not torch.allclose(absolute(padded)[:, 3:], absolute(x))


def test_scaling_changes_no_parameter_count():
    counts = [
        sum(p.numel() for p in mixers.build(name, WIDTH, WINDOW).parameters())
        for name in ("she", "ishe", "she_absolute", "ishe_absolute")
    ]
    assert counts == [(WINDOW + 1) * WIDTH**2] * 4


def test_any_scaling_can_be_passed_in():
    def halved(rows_seen):
        return torch.full_like(rows_seen, 0.5)

    torch.manual_seed(1)
    plain = mixers.build("she", WIDTH, WINDOW)
    torch.manual_seed(1)
    half = mixers.build("she", WIDTH, WINDOW, scaling=halved)
    x = torch.randn(1, 5, WIDTH)
    torch.testing.assert_close(half(x), plain(x) / 2)


def test_absolute_extractor_refuses_a_text_without_matrices():
    with pytest.raises(ValueError, match=r"11 rows.*10 places.*window=11"):
        AbsoluteExtractor(WIDTH, 10)(torch.zeros(1, 11, WIDTH))
