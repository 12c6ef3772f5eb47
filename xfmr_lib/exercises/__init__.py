"""Checks for the exercises, one module a chapter; a check answers with a teaching message."""
# ruff: noqa: F401

from .at_scale import check_multiplications, check_right_angle
from .circuits import check_head_from_circuits
from .depth import check_hops
from .dot_product import check_affine_floor, check_content_distance
from .extractors import check_scalar_extractor, check_vector_as_she
from .geometry import check_faking_axis, check_scores
from .induction import check_induction_machine
from .ishe import check_ishe
from .matrix import check_causal_targets, check_sinusoids, check_stationary
from .matrix_function import check_distance_by_stage, check_stacked_matrix
from .positions import check_remembered, check_t5_bucket
from .rates import check_exact_error, check_inner_fit
from .residual import check_block, check_layer_norm
from .tokenization import check_bits_per_byte, check_merge, check_most_frequent_pair
