"""Spheres, singular pairs and nearest words: identities, and cases small enough to see."""

import pytest
import torch
from torch import nn

from xfmr_lib.inspect import geometry


def test_layer_norm_is_a_projection_on_a_sphere_an_ellipsoid_moved():
    torch.manual_seed(0)
    norm = nn.LayerNorm(16, eps=0).double()
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    rows = 5 * torch.randn(3, 7, 16, dtype=torch.float64) + 2
    sphere = geometry.on_sphere(rows)
    torch.testing.assert_close(sphere * norm.weight + norm.bias, norm(rows), rtol=0, atol=1e-12)
    torch.testing.assert_close(sphere.norm(dim=-1), torch.full((3, 7), 4.0).double())
    assert sphere.sum(-1).abs().max() < 1e-12


def test_singular_pairs_rebuild_the_map_whatever_their_signs():
    torch.manual_seed(0)
    matrix = torch.randn(9, 4, dtype=torch.float64) @ torch.randn(4, 6, dtype=torch.float64)
    words = torch.randn(30, 6, dtype=torch.float64)
    pairs = geometry.singular_pairs(matrix, 4, words)
    rebuilt = torch.einsum("r,ri,ro->io", pairs.strengths, pairs.left, pairs.right)
    torch.testing.assert_close(rebuilt, matrix, rtol=0, atol=1e-12)
    dots = pairs.right @ words.T
    assert (dots.amax(1) >= -dots.amin(1)).all()
    turned = geometry.singular_pairs(-matrix, 4, words)  # only the left side may turn with it
    torch.testing.assert_close(turned.right, pairs.right, rtol=0, atol=1e-10)
    torch.testing.assert_close(turned.left, -pairs.left, rtol=0, atol=1e-10)


def test_no_more_pairs_than_the_rank():
    with pytest.raises(ValueError, match="3 pairs were asked for, but the map has rank 2"):
        geometry.singular_pairs(torch.diag(torch.tensor([2.0, 1.0, 0.0])), 3, torch.eye(3))
