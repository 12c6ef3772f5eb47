"""Biases by distance: T5's buckets against an outside rule, shapes of the decays, bad input."""

import math

import pytest
import torch

from xfmr_lib import positions


def by_hand(distance: int, buckets: int, max_distance: int) -> int:
    exact = buckets // 2
    if distance < exact:
        return distance
    growth = math.log(distance / exact) / math.log(max_distance / exact)
    return min(buckets - 1, exact + math.floor(growth * (buckets - exact)))


@pytest.mark.parametrize(("buckets", "largest"), [(32, 128), (16, 128), (8, 20), (64, 1024)])
def test_buckets_by_the_formula(buckets, largest):
    distances = torch.arange(1025)
    ours = positions.t5_bucket(distances, buckets, largest)
    exact = [by_hand(d, buckets, largest) for d in distances.tolist()]
    differ = [d for d in distances.tolist() if ours[d] != exact[d]]
    # float32 may fall on the other side only where the logarithm is a whole number
    for d in differ:
        position = buckets // 2 * math.log(2 * d / buckets) / math.log(2 * largest / buckets)
        assert abs(position - round(position)) < 1e-5
    assert len(differ) <= 3


@pytest.mark.parametrize(("buckets", "largest"), [(32, 128), (16, 64), (64, 1024)])
def test_buckets_equal_hugging_faces(buckets, largest):
    t5 = pytest.importorskip("transformers.models.t5.modeling_t5")
    distances = torch.arange(1025)
    theirs = t5.T5Attention._relative_position_bucket(
        -distances, bidirectional=False, num_buckets=buckets, max_distance=largest
    )
    assert torch.equal(positions.t5_bucket(distances, buckets, largest), theirs)


def test_known_borders_of_the_default_buckets():
    buckets = positions.t5_bucket(torch.tensor([0, 15, 16, 18, 19, 112, 113, 127, 128, 10_000]))
    assert buckets.tolist() == [0, 15, 16, 16, 17, 30, 31, 31, 31, 31]


def test_buckets_refuse_the_future_and_impossible_sizes():
    with pytest.raises(ValueError, match="distance -3 lies ahead"):
        positions.t5_bucket(torch.tensor([0, -3]))
    with pytest.raises(ValueError, match="max_distance > buckets // 2 = 16.*max_distance=16"):
        positions.t5_bucket(torch.tensor([0]), 32, 16)


@pytest.mark.parametrize(("kind", "decay"), [("linear", lambda z: z), ("log", math.log1p)])
def test_decays_by_the_formula(kind, decay):
    bias = positions.BIASES[kind](3, 10, start=torch.tensor([0.5, 1.0, 2.0])).double()
    for head, slope in enumerate((0.5, 1.0, 2.0)):
        expected = [-slope * decay(z) for z in range(7)]
        # slopes pass through a float32 logarithm and back: 1e-7
        torch.testing.assert_close(
            bias(7)[head], torch.tensor(expected, dtype=torch.float64), rtol=1e-6, atol=1e-7
        )


def test_alibi_slopes_of_eight_heads():
    expected = torch.tensor([1 / 2**h for h in range(1, 9)])
    torch.testing.assert_close(positions.LinearBias(8, 4).log_slope.exp(), expected)


def test_slopes_must_be_positive():
    with pytest.raises(ValueError, match=r"slopes must be positive, got \[1.0, 0.0\]"):
        positions.LogBias(2, 4, start=torch.tensor([1.0, 0.0]))


@pytest.mark.parametrize("kind", ["linear", "log", "t5"])
def test_these_know_no_longest_distance(kind):
    bias = positions.BIASES[kind](2, 4)
    assert bias(100).shape == (2, 100)
    torch.testing.assert_close(bias(100)[:, :4], bias(4))


def test_a_free_bias_ends_with_its_window():
    bias = positions.FreeBias(2, 4)
    assert bias(3).shape == (2, 3)
    with pytest.raises(ValueError, match="reach of 5 rows.*4 distances.*window=5"):
        bias(5)


def test_t5_shares_a_number_in_each_bucket():
    bias = positions.T5Bias(2, 4)
    with torch.no_grad():
        bias.table.copy_(torch.arange(64.0).view(2, 32))
    row = bias(200)[1] - 32
    assert row.tolist() == positions.t5_bucket(torch.arange(200)).tolist()
