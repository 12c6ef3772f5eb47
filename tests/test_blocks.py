"""Blocks of every kind and shaped attention: formulas, causality, memory, where they start."""

from dataclasses import replace

import pytest
import torch

from xfmr_lib import mixers
from xfmr_lib.generation import generate
from xfmr_lib.inspect.residual import trace
from xfmr_lib.sublayers import BLOCKS
from xfmr_lib.transformer import Block, Config, Transformer

WIDTH, WINDOW, HEADS = 12, 10, 3
SMALL = Config(vocabulary=17, window=WINDOW, width=WIDTH, layers=2, heads=HEADS, start=None)
KINDS = [
    replace(SMALL, block=block, mixer=mixer, norm=norm)
    for block in BLOCKS
    for mixer in ("attention", "shaped")
    for norm in ("pre", "none")
]


def name(config):
    return f"{config.block}-{config.mixer}-{config.norm}"


def shaken(module, seed=0):
    """Away from the start, where zeros, ones and identities hide mistakes."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.double().parameters():
            parameter.add_(0.3 * torch.randn(parameter.shape, generator=generator))
    return module.eval()


def rows(seed=1, time=WINDOW):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, time, WIDTH, dtype=torch.float64, generator=generator)


@pytest.mark.parametrize("config", KINDS, ids=name)
def test_shape_and_causality(config):
    block = shaken(BLOCKS[config.block](config))
    x = rows()
    before = block(x)
    assert before.shape == x.shape
    for place in range(1, WINDOW):
        changed = torch.cat([x[:, :place], rows(seed=2)[:, place:]], 1)
        after = block(changed)
        torch.testing.assert_close(after[:, :place], before[:, :place], rtol=0, atol=1e-12)
        assert not torch.allclose(after[:, place], before[:, place])


@pytest.mark.parametrize("config", KINDS, ids=name)
@pytest.mark.parametrize("primed", [1, 4, WINDOW - 1])
def test_one_row_at_a_time_equals_all_at_once(config, primed):
    block, x = shaken(BLOCKS[config.block](config)), rows()
    outputs, memory = block.prime(x[:, :primed])
    outputs = [*outputs.unbind(1)]
    for row in x[:, primed:].unbind(1):
        output, memory = block.step(row, memory)
        outputs.append(output)
    torch.testing.assert_close(torch.stack(outputs, 1), block(x), rtol=0, atol=1e-11)


@pytest.mark.parametrize("config", KINDS, ids=name)
def test_generation_equals_calling_the_model_on_the_growing_text(config):
    model, text = shaken(Transformer(config)), torch.tensor([[3, 1, 4]])
    written = generate(model, text, 12, temperature=0)  # 15 tokens: the window of 10 slides
    for end in range(3, 15):
        seen = written[:, max(0, end - WINDOW) : end]
        assert written[0, end] == model(seen)[0, -1].argmax()


@pytest.mark.parametrize("config", KINDS, ids=name)
def test_every_parameter_gets_a_gradient(config):
    block = shaken(BLOCKS[config.block](config))
    block(rows()).square().sum().backward()
    for parameter in block.parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0


def parts(block):
    return block.mix.inner, block.feed.inner, block.mix.norm, block.feed.norm


def test_the_four_blocks_by_their_formulas():
    by_formula = {
        "sequential": lambda x, f, g, n, m, _: (y := x + f(n(x))) + g(m(y)),
        "parallel": lambda x, f, g, n, m, _: x + f(n(x)) + g(n(x)),
        "sas": lambda x, f, g, n, m, gain: (y := f(n(x))) + gain * g(m(y)),
        "sas_p": lambda x, f, g, n, m, gain: f(n(x)) + gain * g(n(x)),
    }
    assert set(by_formula) == set(BLOCKS)
    for kind, formula in by_formula.items():
        block = shaken(BLOCKS[kind](replace(SMALL, block=kind, mixer="shaped")))
        expected = formula(rows(), *parts(block), getattr(block, "gain", None))
        torch.testing.assert_close(block(rows()), expected, rtol=0, atol=1e-12)


def test_the_default_is_the_sequential_block():
    assert SMALL.block == "sequential" and BLOCKS["sequential"] is Block
    names = {n for n, _ in Block(SMALL).named_parameters()}
    assert {"mix.inner.qkv.weight", "mix.norm.weight", "feed.inner.contract.weight"} <= names


def plain_shaped(mixer, x):
    """Equation by equation, with loops; rows counted from 1."""
    batch, time, width = x.shape
    y, share = torch.zeros_like(x), width // mixer.heads
    for h in range(mixer.heads):
        part = slice(h * share, (h + 1) * share)
        q, k = (x @ mixer.queries)[..., part], (x @ mixer.keys.weight.T)[..., part]
        for b in range(batch):
            for i in range(time):
                seen = torch.stack([q[b, i] @ k[b, j] / share**0.5 for j in range(i + 1)])
                weights = mixer.found[h] * seen.softmax(0) - mixer.mean[h] / (i + 1)
                weights = weights + mixer.itself[h] * (torch.arange(i + 1) == i)
                y[b, i, part] = weights @ x[b, : i + 1, part]
    return y


def test_shaped_attention_equals_a_plain_loop():
    mixer = shaken(mixers.build("shaped", WIDTH, WINDOW, HEADS))
    torch.testing.assert_close(mixer(rows()), plain_shaped(mixer, rows()), rtol=0, atol=1e-12)


def test_the_shaped_pattern_makes_the_output():
    mixer = shaken(mixers.build("shaped", WIDTH, WINDOW, HEADS))
    by_head = rows().unflatten(-1, (HEADS, -1)).transpose(1, 2)
    mixed = (mixer.pattern(rows()) @ by_head).transpose(1, 2).flatten(2)
    torch.testing.assert_close(mixer(rows()), mixed, rtol=0, atol=1e-12)


def test_shaped_attention_starts_as_the_identity():
    mixer = mixers.build("shaped", WIDTH, WINDOW, HEADS).double()
    torch.testing.assert_close(mixer(rows()), rows(), rtol=0, atol=1e-14)


def test_a_model_starts_with_identities_and_a_gain_by_depth():
    model = Transformer(replace(SMALL, block="sas_p", mixer="shaped", layers=18))
    mixer, feed = model.blocks[-1].mix.inner, model.blocks[-1].feed.inner
    assert mixer.queries.abs().sum() == 0
    assert model.blocks[0].gain.item() == pytest.approx(0.1)
    shallow = Transformer(replace(SMALL, block="sas", layers=2))
    assert shallow.blocks[0].gain.item() == pytest.approx(0.3)  # 0.1 sqrt(18 / 2)
    # 576 draws at 1/sqrt(12): not divided by sqrt(2 layers), which is 6 here; 10 % is 3 errors
    assert feed.contract.weight.std().item() == pytest.approx(WIDTH**-0.5, rel=0.1)


def test_simplified_blocks_hold_fewer_numbers():
    config = replace(SMALL, bias=False, layers=1)

    def count(**change):
        return sum(p.numel() for p in Transformer(replace(config, **change)).blocks.parameters())

    pre, shaped = count(), 3 * HEADS
    assert pre == 12 * WIDTH**2 + 2 * WIDTH
    assert count(block="parallel") == pre - WIDTH
    assert count(block="sas", mixer="shaped") == pre - 2 * WIDTH**2 + shaped + 1
    assert count(block="sas_p", mixer="shaped") == pre - 2 * WIDTH**2 - WIDTH + shaped + 1


@pytest.mark.parametrize(
    "change,message",
    [
        ({"block": "serial"}, "unknown block 'serial'.*sas_p"),
        ({"block": "sas", "norm": "post"}, "'sas' blocks want"),
        ({"block": "parallel", "hidden": 0}, "'parallel' blocks want"),
    ],
)
def test_impossible_blocks_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(SMALL, **change)


def test_a_trace_refuses_blocks_without_stages():
    model = Transformer(replace(SMALL, block="parallel"))
    with pytest.raises(ValueError, match="'parallel' blocks have no stage"):
        trace(model, torch.zeros(1, 3, dtype=torch.long))
