"""The row classifier is the Transformer with another way in and another way out."""

from dataclasses import replace
from functools import partial

import pytest
import torch

from xfmr_lib import comparison
from xfmr_lib.classifier import RowClassifier, error_rate, label_loss, last_row, mean_row
from xfmr_lib.tasks.digits import Digits, part
from xfmr_lib.training import Recipe
from xfmr_lib.transformer import Config, Transformer

CONFIG = Config(10, window=8, width=16, layers=2, heads=4, start=None)


def make(config=CONFIG, readout=last_row, row_width=8):
    torch.manual_seed(0)
    return RowClassifier(config, row_width, readout)


@pytest.mark.parametrize("mixer", ["attention", "she", "ishe"])
@pytest.mark.parametrize("readout", [last_row, mean_row])
def test_shapes(mixer, readout):
    model = make(replace(CONFIG, mixer=mixer), readout)
    assert model(torch.randn(3, 8, 8)).shape == (3, 10)
    assert model(torch.randn(3, 5, 8)).shape == (3, 10)


def test_it_counts_a_transformer_with_another_way_in():
    untied = replace(CONFIG, tie=False)
    table, line = 10 * 16, 8 * 16 + 16
    assert make().parameter_count() == Transformer(untied).parameter_count() - table + line


def test_rows_in_equal_a_transformer_whose_table_holds_them():
    """One-hot rows through the linear map are a table look-up, so both models must agree."""
    model, letters = make(row_width=10), Transformer(replace(CONFIG, tie=False))
    state = model.state_dict()
    state["tokens.weight"] = state["tokens.weight"].T + state.pop("tokens.bias")
    letters.load_state_dict(state)
    tokens = torch.randint(10, (4, 8), generator=torch.Generator().manual_seed(1))
    one_hot = torch.nn.functional.one_hot(tokens, 10).float()
    assert torch.allclose(model(one_hot), letters(tokens)[:, -1], atol=1e-5)  # float32 rounding


def test_the_last_row_sees_all_and_the_first_sees_itself():
    rows = torch.randn(1, 8, 8, requires_grad=True)
    make()(rows).sum().backward()
    assert (rows.grad.abs().sum((0, 2)) > 0).all()
    rows.grad = None
    make(readout=lambda rows: rows[:, 0])(rows).sum().backward()
    assert (rows.grad[:, 1:] == 0).all() and rows.grad[:, 0].abs().sum() > 0


def test_loss_and_error_rate_of_known_scores():
    scores = torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [3.0, 0.0]])

    class Known(torch.nn.Module):
        def forward(self, rows):
            return scores

    model = Known()
    batch = (torch.zeros(4, 1, 1), torch.tensor([0, 0, 0, 0]))
    expected = -scores.log_softmax(-1)[:, 0].mean()
    assert torch.allclose(label_loss(model, batch), expected)
    assert error_rate(model, batch).item() == 0.25


def test_a_task_trains_scores_and_reports_with_its_own_functions():
    task = comparison.Task(
        lambda seed: Digits(32, seed),
        [part("validation")],
        [part("test")],
        label_loss,
        error_rate,
        partial(RowClassifier, row_width=8, readout=mean_row),
    )
    ishe = replace(CONFIG, mixer="ishe", position="none")
    run = comparison.train_arm("ishe", ishe, task, Recipe(60, rate=1.6e-2), seed=0)
    assert run.test < 0.25  # chance is 0.9; the share of 500 pictures, hence a multiple of 0.002
    assert abs(run.test * 500 - round(run.test * 500)) < 1e-3
    assert run.validation < 1.0  # nats; chance is 2.3
    assert run.parameters == make(ishe).parameter_count()
