"""The checks of chapter 03 name the usual mistakes."""

import pytest
import torch.nn.functional as F
from exercise_checks import refused

from xfmr_lib.exercises import check_block, check_layer_norm


def normed(rows, gain, bias, root):
    return (rows - rows.mean(-1, keepdim=True)) / root * gain + bias


def unbiased(rows, gain, bias, epsilon):
    return normed(rows, gain, bias, (rows.var(-1, keepdim=True) + epsilon).sqrt())


def outside(rows, gain, bias, epsilon):
    return normed(rows, gain, bias, rows.std(-1, keepdim=True, correction=0) + epsilon)


def by_length(rows, gain, bias, epsilon):
    flat = rows - rows.mean(-1, keepdim=True)
    length = (flat.square().sum(-1, keepdim=True) + epsilon).sqrt()
    return rows.shape[-1] ** 0.5 * flat / length * gain + bias


def bare(rows, gain, bias, epsilon):
    return F.layer_norm(rows, rows.shape[-1:], eps=epsilon)


def in_place(rows, gain, bias, epsilon):
    rows -= rows.mean(-1, keepdim=True)
    return F.layer_norm(rows, rows.shape[-1:], gain, bias, epsilon)


def post_norm(rows, norm_1, attention, norm_2, mlp):
    rows = norm_1(rows + attention(rows))
    return norm_2(rows + mlp(rows))


def no_first_residual(rows, norm_1, attention, norm_2, mlp):
    rows = attention(norm_1(rows))
    return rows + mlp(norm_2(rows))


def no_second_residual(rows, norm_1, attention, norm_2, mlp):
    return mlp(norm_2(rows + attention(norm_1(rows))))


def block_in_place(rows, norm_1, attention, norm_2, mlp):
    rows += attention(norm_1(rows))
    rows += mlp(norm_2(rows))
    return rows


@pytest.mark.parametrize(
    ("check", "wrong", "message"),
    [
        (check_layer_norm, unbiased, "correction=0"),
        (check_layer_norm, outside, "inside the root"),
        (check_layer_norm, by_length, "width times epsilon"),
        (check_layer_norm, bare, "multiply by gain"),
        (check_layer_norm, lambda *given: None, "returned NoneType"),
        (check_layer_norm, in_place, "did you write += ?"),
        (check_block, post_norm, "post-norm"),
        (check_block, no_first_residual, "first residual"),
        (check_block, no_second_residual, "second residual"),
        (check_block, block_in_place, "did you write += ?"),
    ],
)
def test_usual_mistakes(check, wrong, message, capsys):
    refused(check, wrong, message, capsys)


def test_a_float32_answer_passes():
    assert check_layer_norm(lambda x, g, b, e: F.layer_norm(x, x.shape[-1:], g, b, e).float())
