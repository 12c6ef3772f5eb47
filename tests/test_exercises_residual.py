"""The checks of chapter 03 accept right answers and name the usual mistakes."""

import re

import pytest
import torch
import torch.nn.functional as F
from book_notebooks import BOOK, load, prose

from xfmr_lib.exercises.residual import check_block, check_layer_norm


def layer_norm(rows, gain, bias, epsilon):
    centred = rows - rows.mean(-1, keepdim=True)
    variance = (centred**2).mean(-1, keepdim=True)
    return centred / (variance + epsilon).sqrt() * gain + bias


def normed(rows, gain, bias, root, dims=-1):
    return (rows - rows.mean(dims, keepdim=True)) / root * gain + bias


def unbiased(rows, gain, bias, epsilon):
    return normed(rows, gain, bias, (rows.var(-1, keepdim=True) + epsilon).sqrt())


def epsilon_outside(rows, gain, bias, epsilon):
    root = rows.var(-1, keepdim=True, correction=0).sqrt()
    return normed(rows, gain, bias, root + epsilon)


def std_and_epsilon(rows, gain, bias, epsilon):
    return normed(rows, gain, bias, rows.std(-1, keepdim=True) + epsilon)


def plain_std(rows, gain, bias, epsilon):
    return normed(rows, gain, bias, rows.std(-1, keepdim=True))


def no_epsilon(rows, gain, bias, epsilon):
    return layer_norm(rows, gain, bias, 0)


def no_root(rows, gain, bias, epsilon):
    return normed(rows, gain, bias, rows.var(-1, keepdim=True, correction=0) + epsilon)


def over(*dims):
    def answer(rows, gain, bias, epsilon):
        root = (rows.var(dims, correction=0, keepdim=True) + epsilon).sqrt()
        return normed(rows, gain, bias, root, dims)

    return answer


def rms(rows, gain, bias, epsilon):
    return rows / (rows.square().mean(-1, keepdim=True) + epsilon).sqrt() * gain + bias


def not_centred(rows, gain, bias, epsilon):
    return rows / (rows.var(-1, keepdim=True, correction=0) + epsilon).sqrt() * gain + bias


def no_gain_no_bias(rows, gain, bias, epsilon):
    return F.layer_norm(rows, (rows.shape[-1],), eps=epsilon)


def no_bias(rows, gain, bias, epsilon):
    return layer_norm(rows, gain, 0, epsilon)


def no_gain(rows, gain, bias, epsilon):
    return layer_norm(rows, 1, bias, epsilon)


def bias_first(rows, gain, bias, epsilon):
    return (layer_norm(rows, 1, 0, epsilon) + bias) * gain


def in_place(rows, gain, bias, epsilon):
    rows -= rows.mean(-1, keepdim=True)
    return layer_norm(rows, gain, bias, epsilon)


LAYER_NORM = [
    (unbiased, "correction=0"),
    (epsilon_outside, "inside the square root"),
    (std_and_epsilon, "two things at once"),
    (plain_std, "epsilon is missing, and"),
    (no_epsilon, "a constant row"),
    (no_root, "divide by its square root"),
    (over(0), "over the batch"),
    (over(1), "over time;"),
    (over(1, 2), "time and width together"),
    (rms, "this is RMS norm"),
    (not_centred, "mean is not subtracted"),
    (no_gain_no_bias, "gain and bias are missing"),
    (no_bias, "the bias is missing"),
    (no_gain, "the gain is missing"),
    (bias_first, "after the gain"),
    (in_place, "changed the rows"),
    (lambda rows, gain, bias, epsilon: None, "returned NoneType"),
    (lambda rows, gain, bias: rows, "stopped with TypeError"),
    (lambda rows, gain, bias, epsilon: rows[0], "shape (3, 5)"),
    (lambda rows, gain, bias, epsilon: rows * 7, "largest difference"),
    (lambda rows, gain, bias, epsilon: rows * float("nan"), "largest difference"),
]


def block(rows, norm_1, attention, norm_2, mlp):
    rows = rows + attention(norm_1(rows))
    return rows + mlp(norm_2(rows))


def post_norm(rows, norm_1, attention, norm_2, mlp):
    rows = norm_1(rows + attention(rows))
    return norm_2(rows + mlp(rows))


def no_residual(rows, norm_1, attention, norm_2, mlp):
    return mlp(norm_2(attention(norm_1(rows))))


def no_first_residual(rows, norm_1, attention, norm_2, mlp):
    rows = attention(norm_1(rows))
    return rows + mlp(norm_2(rows))


def no_second_residual(rows, norm_1, attention, norm_2, mlp):
    return mlp(norm_2(rows + attention(norm_1(rows))))


def parallel(rows, norm_1, attention, norm_2, mlp):
    return rows + attention(norm_1(rows)) + mlp(norm_2(rows))


def update_lost(rows, norm_1, attention, norm_2, mlp):
    return rows + mlp(norm_2(rows + attention(norm_1(rows))))


def half(rows, norm_1, attention, norm_2, mlp):
    return rows + attention(norm_1(rows))


def no_norm(rows, norm_1, attention, norm_2, mlp):
    rows = rows + attention(rows)
    return rows + mlp(rows)


def one_norm(rows, norm_1, attention, norm_2, mlp):
    rows = rows + attention(norm_1(rows))
    return rows + mlp(norm_1(rows))


def onto_the_normed(rows, norm_1, attention, norm_2, mlp):
    rows = norm_1(rows)
    rows = norm_2(rows + attention(rows))
    return rows + mlp(rows)


def swapped(rows, norm_1, attention, norm_2, mlp):
    rows = rows + mlp(norm_2(rows))
    return rows + attention(norm_1(rows))


def block_in_place(rows, norm_1, attention, norm_2, mlp):
    rows += attention(norm_1(rows))
    rows += mlp(norm_2(rows))
    return rows


BLOCK = [
    (post_norm, "post-norm"),
    (no_residual, "both residual"),
    (no_first_residual, "first residual"),
    (no_second_residual, "second residual"),
    (parallel, "rows from before attention"),
    (update_lost, "update was lost"),
    (half, "two sublayers"),
    (no_norm, "norms are missing"),
    (one_norm, "norm_1 twice"),
    (onto_the_normed, "to the normed rows"),
    (swapped, "attention comes first"),
    (block_in_place, "changed the rows"),
    (lambda *parts: None, "returned NoneType"),
    (lambda rows: rows, "stopped with TypeError"),
    (lambda rows, *parts: rows, "largest difference"),
]


@pytest.mark.parametrize(
    ("check", "answer"), [(check_layer_norm, layer_norm), (check_block, block)]
)
def test_right_answers_pass(check, answer, capsys):
    assert check(answer)
    assert capsys.readouterr().out.startswith("Right: ")


def test_torchs_own_and_a_float32_answer_pass():
    assert check_layer_norm(lambda rows, g, b, e: F.layer_norm(rows, rows.shape[-1:], g, b, e))
    assert check_layer_norm(lambda *given: layer_norm(*given).float())


@pytest.mark.parametrize(
    ("check", "answer", "message"),
    [(check_layer_norm, *pair) for pair in LAYER_NORM] + [(check_block, *pair) for pair in BLOCK],
)
def test_wrong_answers_get_their_own_message(check, answer, message, capsys):
    assert not check(answer)
    out = capsys.readouterr().out
    assert out.startswith("Not yet: ") and message in out
    assert out.count("\n") == 1


@pytest.mark.parametrize(("pairs"), [LAYER_NORM, BLOCK])
def test_no_two_usual_mistakes_share_a_message(pairs):
    messages = [message for _, message in pairs if message != "largest difference"]
    assert len(set(messages)) == len(messages)


@pytest.mark.parametrize(
    ("check", "name"), [(check_layer_norm, "my_layer_norm"), (check_block, "my_block")]
)
def test_the_solutions_printed_in_the_chapter_pass(check, name):
    words = "\n".join(prose(load(BOOK / "03_residual_stream.ipynb")))
    solutions = re.findall(r"```python\n(.*?)```", words, re.DOTALL)
    (printed,) = (solution for solution in solutions if f"def {name}(" in solution)
    space = {"torch": torch}
    exec(printed, space)
    assert check(space[name])
