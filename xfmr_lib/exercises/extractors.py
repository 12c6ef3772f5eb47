"""Checks for the exercises of chapter 08: the reduced Extractors, written and written as SHE."""

import torch

from xfmr_lib.exercises.answers import draw, judge


def check_scalar_extractor(answer) -> bool:
    """Check answer(x, weights, values, adjustment) -> y against the scalar Extractor.

    x, y: (time, width); weights: (time,), by distance; values, adjustment: (width, width).
    """
    x, weights, values, adjustment = given = tuple(draw(8, (6, 3), (6,), (3, 3), (3, 3)))
    place = torch.arange(6)
    by_place, both_ways = weights.expand(6, 6).tril(), weights[(place[:, None] - place).abs()]

    def extract(pattern):
        return (x @ adjustment) * (pattern @ x @ values)

    mistakes = [
        (extract(by_place), "you used weight j for row j; it belongs to a distance"),
        (extract(both_ways), "row i hears later rows too; only j <= i may enter"),
        (both_ways.tril() @ x @ values, "the adjustment is missing: multiply by x_i @ adjustment"),
    ]
    return judge(answer, given, extract(both_ways.tril()), mistakes, "it equals the library's.")


def check_vector_as_she(answer) -> bool:
    """Check answer(weights, values) -> extraction: the matrices W_k of the SHE that equals it.

    weights: (window, width); values: (width, width); extraction: (window, width, width).
    """
    weights, values = given = tuple(draw(8, (6, 3), (3, 3)))
    diagonal = torch.diag_embed(weights)
    mistakes = [
        (diagonal @ values, "you scaled the rows of V: that weighs x_j before V, not after it"),
        (diagonal, "that is diag(w_k) alone; the rows pass through V as well"),
        (values.T @ diagonal, "a row meets V first: x V diag(w_k), so do not transpose V"),
    ]
    return judge(answer, given, values @ diagonal, mistakes, "the two agree on every text.")
