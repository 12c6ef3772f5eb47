"""Checks for the exercises, one module a chapter; a check answers with a teaching message."""

from xfmr_lib.exercises.ishe import check_ishe, check_she
from xfmr_lib.exercises.matrix import check_causal_targets, check_sinusoids, check_stationary
from xfmr_lib.exercises.residual import check_block, check_layer_norm
from xfmr_lib.exercises.tokenization import (
    check_bits_per_byte,
    check_merge,
    check_most_frequent_pair,
)

__all__ = [
    "check_bits_per_byte",
    "check_block",
    "check_causal_targets",
    "check_ishe",
    "check_layer_norm",
    "check_merge",
    "check_most_frequent_pair",
    "check_she",
    "check_sinusoids",
    "check_stationary",
]
