"""Attention with a bias by distance, without dot product, without denominator: by definition."""

import math

import pytest
import torch
import torch.nn.functional as F

from xfmr_lib import mixers, positions
from xfmr_lib.mixers.by_distance import (
    DPFreeAttention,
    RelativeAttention,
    TMXAttention,
    UnnormalizedAttention,
    by_place,
)
from xfmr_lib.transformer import Config, Transformer

WIDTH, HEADS, TIME = 12, 3, 7


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def rows():
    return torch.randn(2, TIME, WIDTH, dtype=torch.float64)


def filled(mixer):
    """In float64, with nothing left at zero."""
    mixer.double()
    with torch.no_grad():
        for parameter in mixer.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return mixer


def from_pattern(mixer, values, weight):
    """y by three loops: weight(b, h, i, j) says how much row j counts for row i."""
    heads = values.view(*values.shape[:2], HEADS, -1)
    mixed = torch.zeros_like(heads)
    for b in range(heads.shape[0]):
        for h in range(HEADS):
            for i in range(TIME):
                for j in range(i + 1):
                    mixed[b, i, h] += weight(b, h, i, j) * heads[b, j, h]
    return mixer.output(mixed.flatten(2))


def softmaxed(score):
    def weight(b, h, i, j):
        total = sum(math.exp(score(b, h, i, k)) for k in range(i + 1))
        return math.exp(score(b, h, i, j)) / total

    return weight


def products(mixer, x):
    q, k, v = mixer.qkv(x).chunk(3, -1)
    q, k = (part.view(*part.shape[:2], HEADS, -1) for part in (q, k))
    scale = q.shape[-1] ** -0.5
    return lambda b, h, i, j: (q[b, i, h] @ k[b, j, h]).item() * scale, v


def same(ours, theirs):
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-11)  # float64 rounding


@pytest.mark.parametrize("kind", sorted(positions.BIASES))
def test_relative_attention_by_definition(kind):
    mixer = filled(RelativeAttention(WIDTH, HEADS, TIME, positions.BIASES[kind]))
    x = rows()
    dot, values = products(mixer, x)
    bias = mixer.relative(TIME)
    score = softmaxed(lambda b, h, i, j: dot(b, h, i, j) + bias[h, i - j].item())
    same(mixer(x), from_pattern(mixer, values, score))
    assert torch.allclose(mixer.pattern(x).sum(-1), torch.ones(1, dtype=torch.float64))


def test_unnormalized_attention_by_definition():
    mixer = filled(UnnormalizedAttention(WIDTH, HEADS, TIME))
    x = rows()
    dot, values = products(mixer, x)
    bias = mixer.relative(TIME)

    def weight(b, h, i, j):
        return math.exp(dot(b, h, i, j) + bias[h, i - j].item())

    same(mixer(x), from_pattern(mixer, values, weight))


@pytest.mark.parametrize("kind", sorted(positions.BIASES))
def test_dp_free_by_definition(kind):
    mixer = filled(DPFreeAttention(WIDTH, HEADS, TIME, positions.BIASES[kind]))
    x, bias = rows(), mixer.relative(TIME)
    weight = softmaxed(lambda b, h, i, j: bias[h, i - j].item())
    same(mixer(x), from_pattern(mixer, mixer.values(x), weight))


def test_dp_free_is_linear_in_its_values_and_blind_to_content():
    mixer = DPFreeAttention(WIDTH, HEADS, TIME, bias=False).double()
    one, two = rows(), rows()
    same(mixer(2 * one + two), 2 * mixer(one) + mixer(two))


def test_dp_free_is_relative_attention_without_queries_and_keys():
    full = filled(RelativeAttention(WIDTH, HEADS, TIME))
    free = DPFreeAttention(WIDTH, HEADS, TIME).double()
    with torch.no_grad():
        full.qkv.weight[: 2 * WIDTH] = 0
        full.qkv.bias[: 2 * WIDTH] = 0
        free.values.weight.copy_(full.qkv.weight[2 * WIDTH :])
        free.values.bias.copy_(full.qkv.bias[2 * WIDTH :])
    free.output.load_state_dict(full.output.state_dict())
    free.relative.load_state_dict(full.relative.state_dict())
    x = rows()
    same(free(x), full(x))


def test_tmx_by_definition_and_as_a_shift_in_time():
    mixer = filled(TMXAttention(WIDTH, HEADS, TIME, relative=positions.LinearBias))
    x = rows()
    bias, slope = mixer.relative(TIME), mixer.relative.log_slope.exp()
    gate = x @ mixer.gate
    static = softmaxed(lambda b, h, i, j: bias[h, i - j].item())

    def weight(b, h, i, j):
        return gate[b, i, h].exp().item() * static(b, h, i, j)

    same(mixer(x), from_pattern(mixer, mixer.values(x), weight))

    def shifted(b, h, i, j):  # exp(-p (z - g)) over the sum of exp(-p z), g = gate / p
        g = gate[b, i, h] / slope[h]
        return (-slope[h] * (i - j - g)).exp().item() / bias[h, : i + 1].exp().sum().item()

    same(mixer(x), from_pattern(mixer, mixer.values(x), shifted))


def test_content_distance_by_definition():
    mixer = filled(mixers.build("attention_content_distance", WIDTH, TIME, HEADS))
    x, bias = rows(), mixer.relative(TIME)

    def score(b, h, i, j):
        return (bias[h, i - j] + x[b, i] @ mixer.choice[:, h, i - j]).item()

    same(mixer(x), from_pattern(mixer, mixer.values(x), softmaxed(score)))


def test_a_key_the_same_everywhere_cancels_under_the_softmax_and_only_there():
    x = rows()
    normal, raw = (
        kind(WIDTH, HEADS, TIME).double() for kind in (RelativeAttention, UnnormalizedAttention)
    )
    with torch.no_grad():
        for mixer in (normal, raw):
            mixer.qkv.weight[WIDTH : 2 * WIDTH] = 0  # every key is the bias
            mixer.qkv.bias[WIDTH : 2 * WIDTH] = 1
    static = by_place(normal.relative(TIME), TIME).softmax(-1)
    same(normal.pattern(x), static.expand_as(normal.pattern(x)))
    assert raw.pattern(x).std(0).max() > 0.01


def test_by_place_is_a_toeplitz_matrix():
    placed = by_place(torch.tensor([[5.0, 6.0, 7.0]]), rows=3)[0]
    inf = float("inf")
    assert placed.tolist() == [[5, -inf, -inf], [6, 5, -inf], [7, 6, 5]]


@pytest.mark.parametrize("name", ["attention", "attention_dp_free", "attention_tmx"])
def test_heads_may_have_a_width_of_their_own(name):
    mixer = mixers.build(name, WIDTH, TIME, 5, head_width=8)
    assert mixer.output.weight.shape == (WIDTH, 40)
    assert mixer(torch.randn(2, TIME, WIDTH)).shape == (2, TIME, WIDTH)


@pytest.mark.parametrize("position", sorted(positions.BIASES))
def test_a_transformer_takes_every_bias(position):
    config = Config(11, window=TIME, width=WIDTH, layers=2, heads=HEADS, position=position)
    model = Transformer(config)
    tokens = torch.randint(11, (2, TIME))
    F.cross_entropy(model(tokens).flatten(0, 1), tokens.flatten()).backward()
    for block in model.blocks:
        assert isinstance(block.mix.inner.relative, positions.BIASES[position])
        assert all(p.grad.abs().sum() > 0 for p in block.mix.inner.relative.parameters())


@pytest.mark.parametrize("position", ["log", "rotary"])
def test_positions_that_a_mixer_cannot_use_are_refused(position):
    with pytest.raises(ValueError, match=f"'{position}' positions do not fit 'ishe'"):
        Config(11, mixer="ishe", position=position)
