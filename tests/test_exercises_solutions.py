"""The solutions printed in the chapters pass their checks."""

import math
import re
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import torch
from book_notebooks import BOOK, load, prose

from xfmr_lib import exercises

PRINTED = [
    ("01_tokenization", "most_frequent_pair(ids)", "check_most_frequent_pair"),
    ("01_tokenization", "merge(ids, pair, new)", "check_merge"),
    ("01_tokenization", "bits_per_byte(loss, tokens, bytes)", "check_bits_per_byte"),
    ("02_text_as_a_matrix", "pair_up(text)", "check_causal_targets"),
    ("02_text_as_a_matrix", "clock(window, width)", "check_sinusoids"),
    ("02_text_as_a_matrix", "settle(matrix)", "check_stationary"),
    ("03_residual_stream", "my_layer_norm(rows, gain, bias, epsilon)", "check_layer_norm"),
    ("03_residual_stream", "my_block(rows, norm_1, attention, norm_2, mlp)", "check_block"),
    ("07_matrix_function", "stack(extraction, i)", "check_stacked_matrix"),
    ("07_matrix_function", "distance(rows, targets)", "check_distance_by_stage"),
    ("08_extractors", "answer(weights, values)", "check_vector_as_she"),
    ("09_ishe", "answer(x, extraction, adjustment)", "check_ishe"),
    ("10_extractors_at_scale", "answer(length, width)", "check_multiplications"),
    ("11_approximation_rates", "answer(exponents, place)", "check_exact_error"),
    ("13_relative_positions", "answer(strengths, slopes, reach)", "check_remembered"),
    ("14_dot_product", "answer(kinds)", "check_affine_floor"),
    ("14_dot_product", "answer(bias, own)", "check_content_distance"),
]


@pytest.mark.parametrize(("chapter", "signature", "check"), PRINTED)
def test_a_printed_solution_passes(chapter, signature, check, capsys):
    words = "\n".join(prose(load(BOOK / f"{chapter}.ipynb")))
    blocks = re.findall(r"```python\n(.*?)```", words, re.DOTALL)
    (printed,) = (block for block in blocks if f"def {signature}:" in block)
    space = {"torch": torch, "np": np, "math": math, "Counter": Counter, "pairwise": pairwise}
    exec(printed, space)
    assert getattr(exercises, check)(space[signature.partition("(")[0]])
    assert capsys.readouterr().out.startswith("Right: ")
