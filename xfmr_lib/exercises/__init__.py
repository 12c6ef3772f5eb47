"""Checks for the exercises, one module a chapter; a check answers with a teaching message."""

from xfmr_lib.exercises.at_scale import check_multiplications, check_right_angle
from xfmr_lib.exercises.depth import check_hops
from xfmr_lib.exercises.dot_product import check_affine_floor, check_content_distance
from xfmr_lib.exercises.extractors import check_scalar_extractor, check_vector_as_she
from xfmr_lib.exercises.ishe import check_ishe, check_she
from xfmr_lib.exercises.matrix import check_causal_targets, check_sinusoids, check_stationary
from xfmr_lib.exercises.matrix_function import check_distance_by_stage, check_stacked_matrix
from xfmr_lib.exercises.positions import check_remembered, check_t5_bucket
from xfmr_lib.exercises.rates import check_exact_error, check_inner_fit
from xfmr_lib.exercises.residual import check_block, check_layer_norm
from xfmr_lib.exercises.tokenization import (
    check_bits_per_byte,
    check_merge,
    check_most_frequent_pair,
)

__all__ = [
    "check_affine_floor",
    "check_bits_per_byte",
    "check_block",
    "check_causal_targets",
    "check_content_distance",
    "check_distance_by_stage",
    "check_exact_error",
    "check_hops",
    "check_inner_fit",
    "check_ishe",
    "check_layer_norm",
    "check_merge",
    "check_most_frequent_pair",
    "check_multiplications",
    "check_remembered",
    "check_right_angle",
    "check_scalar_extractor",
    "check_she",
    "check_sinusoids",
    "check_stacked_matrix",
    "check_stationary",
    "check_t5_bucket",
    "check_vector_as_she",
]
