"""The memory task says what it does, and its loss needs no samples."""

import pytest
import torch

from xfmr_lib.tasks.memory_kernels import (
    KERNELS,
    MemoryKernel,
    effective_kernel,
    population_loss,
    weights,
)


def test_kernels_by_name_and_by_function():
    assert weights("heavy", 4).tolist() == pytest.approx([1, 2**-0.5, 3**-0.5, 0.5])
    assert weights("light", 3).tolist() == pytest.approx([1, 0.006737947, 4.539993e-5], rel=1e-6)
    assert weights("half", 3).tolist() == pytest.approx([1, 0.60653066, 0.36787944])
    assert weights(lambda s: s, 3).tolist() == [0, 1, 2]


def test_silence_costs_the_energy_of_the_kernel():
    silence = torch.zeros(1000)
    # 1 + 1/2 + ... + 1/1000, and 1 / (1 - e^-10); float32 sums of a thousand terms
    assert population_loss(silence, "heavy").item() == pytest.approx(7.4854709, rel=1e-5)
    assert population_loss(silence, "light").item() == pytest.approx(1.0000454, rel=1e-6)
    assert population_loss(weights("heavy", 1000), "heavy").item() == 0


@pytest.mark.parametrize("rho", KERNELS)
def test_all_rows_by_the_definition_and_the_last_among_them(rho):
    task = MemoryKernel(rho, time=7, batch=3, last_only=False)
    x, y = task(5)
    assert x.shape == y.shape == (3, 7, 1) and set(x.flatten().tolist()) == {-1.0, 1.0}
    kernel = weights(rho, 7)
    for row in range(7):
        by_hand = sum(kernel[s] * x[:, row - s, 0] for s in range(row + 1))
        assert torch.allclose(y[:, row, 0], by_hand.float(), atol=1e-5)  # float32, sums of 7
    same, last = MemoryKernel(rho, time=7, batch=3)(5)
    assert torch.equal(same, x) and torch.allclose(last, y[:, -1], atol=1e-5)


def test_population_loss_is_the_mean_over_all_signs():
    """Against the definition: all 2^6 sequences, added up."""
    signs = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0], dtype=torch.float64)] * 6)
    kernel, rho = torch.randn(2, 6, dtype=torch.float64)
    errors = signs.flip(1) @ (kernel - rho) + 0.3
    exact = population_loss(kernel, rho, offset=0.3)
    assert exact.item() == pytest.approx(errors.square().mean().item(), rel=1e-12)
    assert exact.item() != pytest.approx(population_loss(kernel, rho).item())


def test_impulses_read_kernel_and_offset():
    kernel = torch.randn(9)
    found, offset = effective_kernel(lambda x: x[..., 0].flip(1) @ kernel[:, None] + 0.7, 9)
    assert torch.allclose(found, kernel, atol=1e-6)  # 0.7 added and taken away in float32
    assert offset.item() == pytest.approx(0.7)


def test_what_cannot_be_remembered_is_said():
    with pytest.raises(ValueError, match="'tail'.*heavy, light, half"):
        weights("tail", 4)
    with pytest.raises(ValueError, match=r"rho\(0\) is inf; shift"):
        weights(lambda s: s**-0.5, 4)


def test_a_batch_depends_on_seed_and_step_alone():
    task = MemoryKernel(time=8, batch=4, seed=2)
    x, y = task(7)
    torch.manual_seed(5)
    assert torch.equal(task(7)[0], x) and torch.equal(task(7)[1], y)
    assert not torch.equal(task(8)[0], x)
