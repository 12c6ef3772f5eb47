"""Chapter 19's sparse autoencoder: its two parts, its units, and what training may change."""

import torch
from book_notebooks import defined

chapter = defined("19", "SparseAutoencoder", "sparse_loss")
SparseAutoencoder, sparse_loss = chapter.SparseAutoencoder, chapter.sparse_loss


def some(seed=0, rows=40):
    torch.manual_seed(seed)
    sae = SparseAutoencoder(6, 15).double()
    with torch.no_grad():
        for parameter in sae.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return sae, torch.randn(rows, 6, dtype=torch.float64)


def test_it_rebuilds_from_unit_directions():
    sae, rows = some()
    rebuilt, latents = sae(rows)
    assert (latents >= 0).all() and 0 < (latents > 0).double().mean() < 1
    assert torch.allclose(sae.directions.norm(dim=1), torch.ones(15).double())
    summed = sum(latents[:, [k]] * sae.directions[k] for k in range(15)) + sae.decoder_bias
    assert torch.allclose(rebuilt, summed, rtol=0, atol=1e-12)  # float64, 15 terms


def test_the_price_is_a_row_s_and_not_a_batch_s():
    sae, rows = some()
    once, twice = (sparse_loss(sae, x, 0.7) for x in (rows, torch.cat([rows, rows])))
    assert torch.allclose(once, twice, rtol=1e-12)
    rebuilt, latents = sae(rows)
    parts = [((rebuilt - rows) ** 2).sum() / 40, 0.7 * latents.sum() / 40]
    assert torch.allclose(once, sum(parts), rtol=1e-12)


def test_a_longer_decoder_row_changes_nothing_and_no_gradient_lengthens_it():
    sae, rows = some()
    loss = sparse_loss(sae, rows, 0.7)
    (gradient,) = torch.autograd.grad(loss, sae.decoder)
    assert gradient.norm() > 1e-3
    assert (gradient * sae.decoder).sum(1).abs().max() < 1e-12
    sae.decoder.data *= 3
    assert torch.allclose(sparse_loss(sae, rows, 0.7), loss, rtol=1e-12)


def test_it_may_be_trained_in_other_units():
    sae, rows = some()
    rebuilt, latents = sae(rows)
    sae.decoder_bias.data *= 5
    sae.encoder_bias.data *= 5
    larger, amounts = sae(5 * rows)
    assert torch.allclose(larger, 5 * rebuilt, rtol=1e-10)
    assert torch.allclose(amounts, 5 * latents, rtol=1e-10)
