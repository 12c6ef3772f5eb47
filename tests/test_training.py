"""The loop learns, resumes bit for bit, decays what it should, and says why it stopped."""

import pytest
import torch

from xfmr_lib import mixers
from xfmr_lib.config import BY_DISTANCE, TAKEN_BY
from xfmr_lib.tasks.binary_numbers import BinaryNumbers
from xfmr_lib.training import (
    Recipe,
    TrainingDiverged,
    evaluate,
    fit,
    next_token_loss,
    optimizer_for,
)
from xfmr_lib.transformer import Config, Transformer

TASK = BinaryNumbers(bits=3, window=12, batch=8)


def make(**changes):
    torch.manual_seed(0)
    settings = {"window": 12, "width": 16, "layers": 1, "heads": 2} | changes
    return Transformer(Config(3, **settings))


def half_frozen():
    """With dropout, and a part that is not trained."""
    model = make(dropout=0.2)
    model.blocks[0].feed.requires_grad_(False)
    return model


def weights(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def test_counting_is_learned_to_the_optimum():
    model = make(mixer="ishe", position="none", width=24)
    history = fit(model, TASK, Recipe(300, rate=1e-2), held_out=[TASK.everything()])
    assert len(history.train) == 300
    # the optimum is exact; 0.02 nats above it means every carry is right
    assert TASK.optimum() <= history.final + 1e-6 < TASK.optimum() + 0.02


def test_resume_continues_bit_for_bit(tmp_path):
    recipe, file = Recipe(12, every=3), tmp_path / "half.safetensors"
    whole = half_frozen()
    torch.manual_seed(7)
    expected = fit(whole, TASK, recipe, held_out=[TASK.everything()])

    def stop_at_eight(step, model):
        if step == 8:
            raise KeyboardInterrupt

    half = half_frozen()
    torch.manual_seed(7)
    with pytest.raises(KeyboardInterrupt):
        fit(half, TASK, recipe, held_out=[TASK.everything()], checkpoint=file, save_every=4,
            watch=stop_at_eight)  # fmt: skip
    resumed = half_frozen()
    with torch.no_grad():
        resumed.blocks[0].feed.inner.expand.weight.zero_()
    torch.manual_seed(99)  # the state of the generator must come from the file
    history = fit(resumed, TASK, recipe, held_out=[TASK.everything()], checkpoint=file)
    assert history.train == expected.train
    assert history.held_out == expected.held_out
    assert torch.equal(weights(resumed), weights(whole))
    assert not list(tmp_path.glob("*.part"))


def test_resume_with_another_recipe_is_refused(tmp_path):
    file = tmp_path / "model.safetensors"
    fit(make(), TASK, Recipe(2), checkpoint=file)
    with pytest.raises(ValueError, match="same recipe"):
        fit(make(), TASK, Recipe(3), checkpoint=file)


def test_decay_on_matrices_only():
    model = make()
    with_decay, without = optimizer_for(model, Recipe(1)).param_groups
    assert with_decay["weight_decay"] == 0.1 and all(p.ndim >= 2 for p in with_decay["params"])
    assert without["weight_decay"] == 0.0 and all(p.ndim < 2 for p in without["params"])
    counted = sum(p.numel() for p in with_decay["params"] + without["params"])
    assert counted == model.parameter_count()


def test_rate_rises_then_falls():
    recipe = Recipe(100, rate=1.0, warmup=0.1, final=0.1)
    rates = [recipe.rate_at(step) for step in range(100)]
    assert rates[0] == pytest.approx(0.1) and max(rates) == rates[9] == pytest.approx(1.0)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[99] == pytest.approx(0.1, abs=0.001)


def test_divergence_names_step_rate_and_parameter():
    model = make()
    with torch.no_grad():
        model.blocks[0].feed.inner.expand.weight[0, 0] = float("nan")
    with pytest.raises(TrainingDiverged, match=r"step 0 .*0\.001.*blocks\.0\.feed\.inner\.expand"):
        fit(model, TASK, Recipe(1))


def test_a_diverged_step_leaves_the_weights_of_the_step_before():
    model = make()
    before = weights(model).clone()
    with pytest.raises(TrainingDiverged):
        fit(model, TASK, Recipe(1), loss=lambda m, b: m(b[0]).sum() * float("inf"))
    assert torch.equal(weights(model), before)


def test_impossible_recipe():
    with pytest.raises(ValueError, match="rate > 0"):
        Recipe(10, rate=0.0)


def test_history_without_held_out_loss_says_so():
    with pytest.raises(ValueError, match="held_out="):
        _ = fit(make(), TASK, Recipe(1)).final


def test_evaluation_switches_dropout_off_and_back():
    model = make(dropout=0.5).train()
    batches = [TASK.everything()]
    assert evaluate(model, batches) == evaluate(model, batches)
    assert model.training


# --- another device -------------------------------------------------------------------------
# No machine of these tests has a graphics card. The device `meta` stands in for one: it has shapes
# and no numbers, and most operations refuse to mix it with numbers of the processor. What it cannot
# show: that the numbers come out right on a card, and how fast.


class Stop(Exception):
    """Before a number is asked for."""


def noting_devices(seen):
    def loss(model, batch):
        seen.extend(part.device.type for part in batch[:2])
        next_token_loss(model, batch[:2])
        raise Stop

    return loss


def test_batches_go_to_where_the_model_is():
    seen, model = [], make().to("meta")
    with pytest.raises(Stop):
        evaluate(model, [TASK(0)], noting_devices(seen))
    batch = (*TASK(0), None, 0.5)  # beside tensors other values
    with pytest.raises(Stop):
        fit(model, lambda step: batch, Recipe(1), loss=noting_devices(seen))
    assert seen == ["meta"] * 4


@pytest.mark.parametrize("mixer", sorted(mixers.REGISTRY))
def test_no_model_keeps_numbers_on_the_processor(mixer):
    """`linear` positions where they fit: `t5` asks for a number, which meta does not have."""
    positions = ["none", "learned", "sinusoidal"]
    positions += ["rotary"] * (mixer in TAKEN_BY["rotary"]) + ["linear"] * (mixer in BY_DISTANCE)
    for position in positions:
        with pytest.raises(Stop):
            model = make(mixer=mixer, position=position).to("meta")
            fit(model, TASK, Recipe(1), loss=noting_devices([]))


# --- the task --------------------------------------------------------------------------------


def test_binary_numbers_count():
    task = BinaryNumbers(bits=3, window=15)
    inputs, targets = task.windows(torch.tensor([6]))
    assert task.decode(inputs[0]) == "110,111,000,001"[:15]
    assert task.decode(targets[0]) == "10,111,000,001,"
    assert torch.equal(inputs[:, 1:], targets[:, :-1])


def test_binary_numbers_batches_depend_on_seed_and_step_alone():
    task = BinaryNumbers(seed=3)
    assert torch.equal(task(5)[0], task(5)[0])
    assert not torch.equal(task(5)[0], task(6)[0])
    assert not torch.equal(task(5)[0], BinaryNumbers(seed=4)(5)[0])


def test_binary_optimum_is_the_entropy_of_the_targets():
    """By counting: the loss of predicting with the exact conditional frequencies of all windows."""
    task = BinaryNumbers(bits=3, window=10)
    inputs, targets = task.everything()
    total = 0.0
    for row in range(len(inputs)):
        for place in range(10):
            same = (inputs[:, : place + 1] == inputs[row, : place + 1]).all(1)
            share = (targets[same, place] == targets[row, place]).double().mean()
            total -= share.log().item()
    assert total / inputs.numel() == pytest.approx(task.optimum(), abs=1e-12)
