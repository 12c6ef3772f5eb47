"""The model's shape, its counts, its agreement with the published implementation."""

from dataclasses import replace

import pytest
import torch

from xfmr_lib import mixers
from xfmr_lib.generation import generate
from xfmr_lib.inspect.residual import trace
from xfmr_lib.pretrained import load_gpt2
from xfmr_lib.transformer import Config, Transformer

SMALL = Config(vocabulary=17, window=16, width=12, layers=2, heads=3)


def make(config, seed=0):
    torch.manual_seed(seed)
    return Transformer(config).eval()


def tokens(batch=2, time=9, seed=1, vocabulary=17):
    return torch.randint(vocabulary, (batch, time), generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    "size,count",
    [
        ("small", 124_439_808),
        ("medium", 354_823_168),
        ("large", 774_030_080),
        ("xl", 1_557_611_200),
    ],
)
def test_gpt2_parameter_counts(size, count):
    with torch.device("meta"):
        assert Transformer(Config.gpt2(size)).parameter_count() == count


def gpt2_like(config):
    """A randomly initialised published implementation of the same shape, biases shaken too."""
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    theirs = transformers.GPT2LMHeadModel(
        transformers.GPT2Config(
            vocab_size=config.vocabulary,
            n_positions=config.window,
            n_embd=config.width,
            n_layer=config.layers,
            n_head=config.heads,
        )
    ).eval()
    for parameter in theirs.parameters():  # zeros and ones would hide a swapped bias or gain
        torch.nn.init.normal_(parameter, mean=parameter.mean().item(), std=0.05)
    return theirs


def test_logits_and_greedy_tokens_equal_the_published_implementation():
    config = Config(vocabulary=211, window=24, width=48, layers=3, heads=4)
    theirs = gpt2_like(config)
    ours = load_gpt2(make(config), theirs.state_dict())
    text = tokens(batch=3, time=8, vocabulary=211)
    with torch.no_grad():
        torch.testing.assert_close(ours(text), theirs(text).logits, rtol=0, atol=1e-4)
    expected = theirs.generate(text, max_new_tokens=16, do_sample=False, pad_token_id=0)
    assert generate(ours, text, 16, temperature=0).tolist() == expected.tolist()


def test_full_size_gpt2_agrees():
    config = Config.gpt2()
    theirs = gpt2_like(config)
    ours = load_gpt2(Transformer(config).eval(), theirs.state_dict())
    text = tokens(batch=1, time=12, vocabulary=config.vocabulary)
    with torch.no_grad():
        torch.testing.assert_close(ours(text), theirs(text).logits, rtol=0, atol=1e-4)


def test_load_names_what_is_missing():
    with pytest.raises(KeyError, match=r"wte\.weight"):
        load_gpt2(make(SMALL), {})


def test_load_names_a_wrong_shape():
    model, state = make(SMALL), dict(gpt2_like(SMALL).state_dict())
    state["transformer.wpe.weight"] = torch.zeros(3, 12)
    with pytest.raises(RuntimeError, match=r"positions\.table.*\[3, 12\].*\[16, 12\]"):
        load_gpt2(model, state)


@pytest.mark.parametrize("mixer", ["attention", "she", "ishe", "she_absolute", "ishe_absolute"])
@pytest.mark.parametrize("norm", ["pre", "post", "none"])
@pytest.mark.parametrize("position", ["learned", "sinusoidal", "none"])
def test_causal_in_every_configuration(mixer, norm, position):
    model = make(replace(SMALL, mixer=mixer, norm=norm, position=position)).double()
    text, changed = tokens(), tokens()
    changed[:, 5:] = (changed[:, 5:] + 1) % 17
    with torch.no_grad():
        before, after = model(text), model(changed)
    torch.testing.assert_close(after[:, :5], before[:, :5], rtol=0, atol=1e-10)
    assert not torch.allclose(after[:, 5:], before[:, 5:])


def test_rotary_configuration_is_causal_and_order_sensitive():
    model = make(replace(SMALL, position="rotary"))
    text = tokens()
    swapped = text.clone()
    swapped[:, [0, 1]] = text[:, [1, 0]]
    assert not torch.allclose(model(text)[:, -1], model(swapped)[:, -1])


def test_tied_and_untied_embedding():
    tied, untied = make(SMALL), make(replace(SMALL, tie=False))
    assert tied.unembed.weight is tied.tokens.weight
    assert untied.parameter_count() - tied.parameter_count() == 17 * 12


def test_start_is_gpt2s():
    model = make(Config(vocabulary=500, window=32, width=128, layers=4))
    assert model.tokens.weight.std().item() == pytest.approx(0.02, rel=0.02)  # 64,000 draws
    shrunk = 0.02 / (2 * 4) ** 0.5
    for block in model.blocks:  # 16,384 draws at the least: 1 % is two standard errors
        assert block.mix.inner.output.weight.std().item() == pytest.approx(shrunk, rel=0.03)
        assert block.feed.inner.contract.weight.std().item() == pytest.approx(shrunk, rel=0.03)
        assert block.mix.inner.qkv.weight.std().item() == pytest.approx(0.02, rel=0.03)
        assert block.mix.inner.qkv.bias.abs().max() == 0


def test_start_by_width():
    model = make(Config(vocabulary=500, window=64, width=64, layers=1, start=None))
    for weight in (
        model.tokens.weight,
        model.positions.table,
        model.blocks[0].mix.inner.qkv.weight,
    ):
        assert weight.std().item() == pytest.approx(64**-0.5, rel=0.04)  # 4,096 draws at the least


@pytest.mark.parametrize(
    "change,message",
    [
        ({"mixer": "attn"}, "unknown mixer 'attn'.*attention"),
        ({"position": "sine"}, "unknown position 'sine'.*sinusoidal"),
        ({"norm": "before"}, "unknown norm 'before'.*pre"),
        ({"width": 0}, "width must be at least 1, got 0"),
        ({"mixer": "she", "position": "rotary"}, "rotary.*'she'"),
    ],
)
def test_impossible_configurations_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(SMALL, **change)


def test_a_text_longer_than_the_window_is_refused():
    with pytest.raises(ValueError, match="17 tokens but the context window is 16"):
        make(SMALL)(tokens(time=17))


# --- the trace of the rows ---------------------------------------------------------------------


@pytest.mark.parametrize("norm", ["pre", "post", "none"])
def test_trace_ends_where_the_model_ends(norm):
    model, text = make(replace(SMALL, norm=norm)), tokens()
    kept = trace(model, text)
    assert kept.names == [
        "embedding", "layer 1 mix", "layer 1 feed", "layer 2 mix", "layer 2 feed",
    ]  # fmt: skip
    torch.testing.assert_close(kept.logits, model(text))
    torch.testing.assert_close(kept.rows[0] + kept.updates.sum(0), kept.rows[-1])


def test_trace_leaves_the_model_as_it_was():
    model = make(replace(SMALL, dropout=0.5)).train()
    first, second = trace(model, tokens()), trace(model, tokens())
    assert model.training
    torch.testing.assert_close(first.logits, second.logits)


# --- generation --------------------------------------------------------------------------------


@pytest.mark.parametrize("position", ["learned", "sinusoidal", "rotary", "none"])
@pytest.mark.parametrize("norm", ["pre", "post", "none"])
@pytest.mark.parametrize("mixer", sorted(mixers.REGISTRY))
def test_one_token_at_a_time_equals_recomputation(mixer, norm, position):
    if position == "rotary" and mixer != "attention":
        pytest.skip("rotary positions turn queries and keys")
    model = make(replace(SMALL, mixer=mixer, norm=norm, position=position))
    text = tokens(time=16)
    logits, memory = model.prime(text[:, :5])
    rows = [*logits.unbind(1)]
    for place in range(5, 16):
        scores, memory = model.step(text[:, place], memory)
        rows.append(scores)
    # float32 rounding in another order of summation; 1e-4 is the promise to readers
    torch.testing.assert_close(torch.stack(rows, 1), model(text), rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="window of 16 tokens is full"):
        model.step(text[:, 0], memory)


@pytest.mark.parametrize("mixer", sorted(mixers.REGISTRY))
def test_generation_equals_calling_the_model_on_the_growing_text(mixer):
    model, text = make(replace(SMALL, mixer=mixer)), tokens(time=3)
    written = generate(model, text, 20, temperature=0)  # 23 tokens: the window of 16 slides
    assert written.shape == (2, 23)
    for end in range(3, 23):
        seen = written[:, max(0, end - 16) : end]
        assert written[:, end].tolist() == model(seen)[:, -1].argmax(-1).tolist()


def test_the_same_seed_writes_the_same_text():
    model, text = make(SMALL), tokens(time=3)
    assert generate(model, text, 12, seed=5).tolist() == generate(model, text, 12, seed=5).tolist()
    assert generate(model, text, 12, seed=5).tolist() != generate(model, text, 12, seed=6).tolist()


def test_top_k_and_top_p_keep_what_they_say():
    from xfmr_lib.generation import keep_top_k, keep_top_p

    scores = torch.tensor([[0.5, 0.2, 0.2, 0.1]]).log()
    assert keep_top_k(scores, 1).isfinite().tolist() == [[True, False, False, False]]
    assert keep_top_k(scores, 2).isfinite().tolist() == [[True, True, True, False]]  # a tie stays
    assert keep_top_p(scores, 0.4).isfinite().tolist() == [[True, False, False, False]]
    assert keep_top_p(scores, 0.65).isfinite().sum() == 2
    assert keep_top_p(scores, 1.0).isfinite().all()


def test_samples_follow_the_probabilities():
    model = make(SMALL)
    text = tokens(batch=1, time=4).expand(20_000, 4)
    for temperature in (1.0, 0.5):
        drawn = generate(model, text, 1, temperature=temperature, seed=0)[:, -1]
        share = torch.bincount(drawn, minlength=17) / len(drawn)
        expected = (model(text[:1])[0, -1] / temperature).softmax(-1)
        # standard error of a share below sqrt(.25 / 20000) = 0.0035; four of them
        assert (share - expected).abs().max() < 0.015


def test_top_k_one_is_greedy():
    model, text = make(SMALL), tokens(time=3)
    greedy = generate(model, text, 8, temperature=0)
    assert generate(model, text, 8, top_k=1, seed=3).tolist() == greedy.tolist()


@pytest.mark.parametrize(
    "prefix,settings,message",
    [
        (torch.zeros(1, 0, dtype=torch.long), {}, "prefix is empty"),
        (torch.tensor([[3, 17]]), {}, "3 to 17 but the vocabulary is 0 to 16"),
        (torch.tensor([[3]]), {"temperature": -1.0}, "negative"),
        (torch.tensor([[3]]), {"top_k": 0}, "top_k must be at least 1, got 0"),
        (torch.tensor([[3]]), {"top_p": 0.0}, r"top_p must lie in \(0, 1\], got 0"),
    ],
)
def test_impossible_requests_are_refused(prefix, settings, message):
    with pytest.raises(ValueError, match=message):
        generate(make(SMALL), prefix, 2, **settings)
