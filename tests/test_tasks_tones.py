"""The sounds are what they say, and nobody guesses better than the matched filter."""

import math
from dataclasses import replace

import pytest
import torch

from xfmr_lib.tasks.tones import CLASSES, Tones, waves

SILENT = Tones(batch=64, decibels=60.0)  # noise a thousand times weaker than the sound


def pitch_course(sound, pieces=4):
    """The strongest frequency in each stretch of a sound, as a share of the highest."""
    spectrum = torch.fft.rfft(sound.flatten().view(pieces, -1)).abs()
    return spectrum.argmax(-1) / (spectrum.shape[-1] - 1)


def of_class(name):
    sounds, labels = SILENT(0)
    return sounds[labels == CLASSES.index(name)]


def test_pairs_of_waves_are_orthonormal():
    pairs = waves(512, 12).flatten(0, 1)
    gram = pairs @ pairs.mT
    assert torch.allclose(gram, torch.eye(2).expand_as(gram), atol=1e-5)  # float32 rounding
    steady = waves(512, 12)[2].flatten(0, 1)
    assert torch.allclose(steady @ steady.T, torch.eye(24), atol=1e-5)


@pytest.mark.parametrize("name,sign", [("rising chirp", 1), ("falling chirp", -1)])
def test_chirps_rise_and_fall(name, sign):
    for sound in of_class(name):
        course = pitch_course(sound)
        steps = sign * course.diff()
        assert (steps > 0).all()
        # three of four stretches lie between the middles of the first and the last
        assert course[-1].sub(course[0]).abs().item() == pytest.approx(3 / 4 / 8, abs=0.02)


def test_a_tone_keeps_its_pitch_and_two_tones_have_two():
    for sound in of_class("one tone"):
        assert pitch_course(sound).diff().abs().max() == 0
        power = torch.fft.rfft(sound.flatten()).abs().square()
        assert power.max() / power.sum() > 0.99
    for sound in of_class("two tones"):
        power = torch.fft.rfft(sound.flatten()).abs().square().sort(descending=True).values
        shares = power[:2] / power.sum()
        assert shares.tolist() == pytest.approx([0.5, 0.5], abs=0.01)


def test_power_is_as_stated():
    for decibels in (-10.0, 0.0):
        loud = replace(SILENT, decibels=decibels, batch=400)
        sounds, _ = loud(0)
        expected = 1 + 10 ** (decibels / 10)  # noise plus sound
        assert sounds.square().mean().item() == pytest.approx(expected, rel=0.02)  # 400k samples


def test_best_guess_is_right_in_silence_and_lost_in_noise():
    sounds, labels = SILENT(1)
    assert (SILENT.best_guess(sounds) == labels).all()
    noise = Tones(batch=2000, decibels=-60.0)
    sounds, labels = noise(1)
    wrong = (noise.best_guess(sounds) != labels).float().mean().item()
    assert wrong == pytest.approx(0.75, abs=0.04)  # four standard errors of 2,000 guesses


def test_evidence_is_the_likelihood_averaged_over_pitch_and_phase():
    """Against the definition: many phases added up by hand, for a small case."""
    task = Tones(frames=4, frame=16, batch=3, decibels=-3.0, pitches=5)
    sounds, _ = task(0)
    turn = torch.arange(64) * 2 * math.pi / 64
    circle = torch.stack([turn.cos(), turn.sin()], dim=-1)
    templates = task.amplitude * torch.einsum("ap,kqpn->kqan", circle, waves(64, 5))
    inner = torch.einsum("bn,kqan->bkqa", sounds.flatten(1), templates)
    single = inner.exp().mean((2, 3)).log()
    steady = (inner[:, 2] / 2**0.5).exp().mean(-1)
    pairs = steady[:, :, None] * steady[:, None, :] * (1 - torch.eye(5))
    both = (pairs.sum((1, 2)) / 20).log()
    expected = torch.cat([single, both[:, None]], dim=1)
    assert torch.allclose(task.evidence(sounds), expected, atol=1e-4)  # float32, exp of about 10


def test_louder_is_easier():
    wrong = []
    for decibels in (-18.0, -15.0, -12.0):
        task = Tones(batch=1000, decibels=decibels)
        sounds, labels = task(0)
        wrong.append((task.best_guess(sounds) != labels).float().mean().item())
    assert wrong[0] > wrong[1] > wrong[2] > 0


def test_a_batch_depends_on_seed_and_step_alone():
    task = Tones(batch=4, seed=2)
    sounds, labels = task(7)
    assert sounds.shape == (4, 32, 32) and labels.shape == (4,)
    torch.manual_seed(5)
    assert torch.equal(task(7)[0], sounds) and torch.equal(task(7)[1], labels)
    assert not torch.equal(task(8)[0], sounds)
