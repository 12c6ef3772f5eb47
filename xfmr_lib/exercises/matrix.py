"""Checks for the exercises of chapter 02: targets, sinusoids, and where a Markov chain settles."""

import numpy as np
import torch

from xfmr_lib.exercises.answers import judge
from xfmr_lib.positions import sinusoids


def check_causal_targets(answer) -> bool:
    """Check answer(text) -> (inputs, targets) of one long row of ids.

    text: (n,) integers; inputs and targets: (n - 1,), target i the token that follows input i.
    """
    text = torch.tensor([3, 1, 4, 1, 5, 9, 2, 6])
    early, late = text[:-1], text[1:]
    wrapped = (
        "your last target is the first token of the text: torch.roll wraps round. The last token "
        "has no successor, so it can be a target but not an input"
    )
    mistakes = [
        ((text, text.roll(-1)), wrapped),
        ((text, text), "such a model learns to copy; shift the targets by one"),
        ((late, early), "you predict the token before, not the next one; swap inputs and targets"),
    ]
    return judge(answer, (text,), (early, late), mistakes, "every input has its successor.")


def check_sinusoids(answer) -> bool:
    """Check answer(window, width) -> table, (window, width), against `positions.sinusoids`."""
    right = sinusoids(7, 6)
    sin, cos = right[:, ::2], right[:, 1::2]
    mistakes = [
        (torch.cat([sin, cos], 1), "sines left, cosines right; here they alternate: sin, cos"),
        (torch.stack([cos, sin], -1).flatten(1), "the even columns are sines; swap the two"),
        (sinusoids(8, 6)[1:], "your places start at 1; the first row is place 0"),
    ]
    return judge(answer, (7, 6), right, mistakes, "your table equals the library's.")


def check_stationary(answer) -> bool:
    """Check answer(transitions) -> pi with pi @ transitions == pi and sum 1.

    transitions: (states, states), rows sum to 1, all entries positive; pi: (states,).
    """
    chain = np.array([[0.1, 0.7, 0.2], [0.5, 0.2, 0.3], [0.8, 0.1, 0.1]])
    right = torch.as_tensor(np.linalg.matrix_power(chain, 200)[0])
    uniform = (
        "all states equally likely solves P v = v, since rows sum to 1; you need pi P = pi, an "
        "eigenvector of the transposed matrix"
    )
    mistakes = [
        (np.full(3, 1 / 3), uniform),
        (right / right.norm(), "the direction is right but the sum is not 1; divide by it"),
        (chain.mean(0), "that is the distribution after one step; iterate longer"),
    ]
    return judge(answer, (chain,), right, mistakes, "one more step leaves it as it is.")
