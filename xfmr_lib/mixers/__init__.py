"""Sublayer 1: the part that mixes rows, (batch, time, width) -> (batch, time, width).

A mixer is a module with a straight-line `forward`. Adding one is a line in `REGISTRY`, here or in
your own code.
"""

from collections.abc import Callable

from torch import nn

from xfmr_lib.mixers import by_distance, extractors, least_squares
from xfmr_lib.mixers.attention import Attention
from xfmr_lib.mixers.extractors import AbsoluteExtractor, Extractor, inverse_sqrt
from xfmr_lib.mixers.shaped import ShapedAttention
from xfmr_lib.mixers.subspace import MSSA

Maker = Callable[..., nn.Module]  # (width, window, heads, **options) -> mixer


def _with_heads(kind: Maker) -> Maker:
    return lambda width, window, heads, **options: kind(width, heads, **options)


def _with_window(kind: Maker, **defaults) -> Maker:
    return lambda width, window, heads, **options: kind(width, window, **(defaults | options))


def _with_both(kind: Maker) -> Maker:
    return lambda width, window, heads, **options: kind(width, heads, window, **options)


def _attention(width: int, window: int, heads: int, **options) -> nn.Module:
    if "relative" in options:
        return by_distance.RelativeAttention(width, heads, window, **options)
    return Attention(width, heads, **options)


REGISTRY: dict[str, Maker] = {
    "attention": _attention,
    "attention_dp_free": _with_both(by_distance.DPFreeAttention),
    "attention_unnormalized": _with_both(by_distance.UnnormalizedAttention),
    "attention_tmx": _with_both(by_distance.TMXAttention),
    "attention_content_distance": _with_both(by_distance.ContentDistanceAttention),
    "she": _with_window(Extractor),
    "ishe": _with_window(Extractor, scaling=inverse_sqrt),
    "she_absolute": _with_window(AbsoluteExtractor),
    "ishe_absolute": _with_window(AbsoluteExtractor, scaling=inverse_sqrt),
    "vector_extractor": _with_window(extractors.VectorExtractor),
    "scalar_extractor": _with_window(extractors.ScalarExtractor),
    "mssa": _with_heads(MSSA),
    "linear_attention": _with_heads(least_squares.LinearAttention),
    "intention": _with_heads(least_squares.Intention),
    "mesa": _with_heads(least_squares.MesaLayer),
    "shaped": _with_heads(ShapedAttention),
}


def build(name: str, width: int, window: int, heads: int = 1, **options) -> nn.Module:
    """Make the mixer `name` for rows of `width` and texts of up to `window` rows.

    Extractors have no heads and ignore the number. `options` go to the mixer's own constructor.
    Raises ValueError for an unknown name, naming the ones that exist. Taught in: chapter 09.
    """
    if name not in REGISTRY:
        raise ValueError(f"unknown mixer {name!r}; choose from {', '.join(sorted(REGISTRY))}")
    return REGISTRY[name](width, window, heads, **options)
