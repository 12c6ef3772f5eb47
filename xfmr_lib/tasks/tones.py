"""Sounds in noise: a rising chirp, a falling chirp, one tone or two, cut into frames.

Every sound has the same energy and a random pitch and phase; the noise is white. So the rule
that errs least is known, and how often it errs can be measured. Taught in: chapter 10.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Float, Int
from torch import Tensor

from xfmr_lib.tasks import generator

Sounds = Float[Tensor, "batch time frame"]
Labels = Int[Tensor, " batch"]

CLASSES = ("rising chirp", "falling chirp", "one tone", "two tones")
SWEEP = 1 / 8  # how much of all pitches a chirp runs through


@lru_cache(maxsize=4)
def waves(length: int, pitches: int) -> Float[Tensor, "kinds pitches two length"]:
    """The sounds without noise: rising, falling and steady, each as a pair of unit waves.

    A sound of phase θ is cos θ times the first wave of its pair plus sin θ times the second; the
    two are orthogonal, so every phase has the same energy.
    """
    t = torch.arange(length, dtype=torch.float64)
    low = torch.linspace(0.1, 0.8 - SWEEP, pitches, dtype=torch.float64)[:, None]
    cycles = (low * length / 2).round()  # whole periods: tones of different pitch are orthogonal
    steady = cycles * t / length
    rising = steady + SWEEP * t * t / (4 * length)
    phase = 2 * math.pi * torch.stack([rising, rising.flip(-1), steady])
    pair = torch.stack([phase.cos(), phase.sin()], dim=-1)
    return torch.linalg.qr(pair).Q.mT.float().contiguous()


@dataclass(frozen=True)
class Tones:
    """Batches of noisy sounds with their class.

    frames, frame: rows of a sound, and samples in each row. decibels: power of the sound over
    power of the noise (of variance 1). pitches: how many different ones there are.
    Calling with a step gives (sounds, labels), labels as in `CLASSES`. Two tones have half the
    power each, and different pitches.
    Worth remembering: no model can know pitch and phase, so `best_guess` averages over them.
    """

    frames: int = 32
    frame: int = 32
    batch: int = 32
    decibels: float = 0.0
    pitches: int = 24
    seed: int = 0

    @property
    def amplitude(self) -> float:
        """Length of a whole sound as a vector: the square root of its energy."""
        return (self.frames * self.frame * 10 ** (self.decibels / 10)) ** 0.5

    def __call__(self, step: int) -> tuple[Sounds, Labels]:
        drawn = generator(self.seed, step)
        labels = torch.randint(len(CLASSES), (self.batch,), generator=drawn)
        first = torch.randint(self.pitches, (self.batch,), generator=drawn)
        apart = torch.randint(1, self.pitches, (self.batch,), generator=drawn)
        phases = torch.rand(2, self.batch, generator=drawn) * 2 * math.pi
        noise = torch.randn(self.batch, self.frames * self.frame, generator=drawn)
        kind = labels.clamp(max=2)
        sound = self._sound(kind, first, phases[0])
        second = self._sound(kind, (first + apart) % self.pitches, phases[1])
        two = (labels == 3)[:, None]
        clean = torch.where(two, (sound + second) / 2**0.5, sound) * self.amplitude
        return (clean + noise).view(self.batch, self.frames, self.frame), labels

    def _sound(
        self, kind: Labels, pitch: Labels, phase: Float[Tensor, " batch"]
    ) -> Float[Tensor, "batch length"]:
        pair = self._waves()[kind, pitch]
        turned = torch.stack([phase.cos(), phase.sin()], dim=-1)
        return torch.einsum("bp,bpn->bn", turned, pair)

    def evidence(self, sounds: Sounds) -> Float[Tensor, "batch classes"]:
        """Log-likelihood of each class, up to what all classes share: the matched filter.

            log mean over pitch of I0(a r)

        a: the amplitude. r: length of the shadow of the sound on the pitch's pair of waves. I0, a
        Bessel function, is the mean over all phases. Two tones: the mean over pairs of pitches of
        the product of both, each with a / sqrt(2).
        """
        shadows = torch.einsum("bn,kpqn->bkpq", sounds.flatten(1), self._waves()).norm(dim=-1)
        single = _log_bessel(self.amplitude * shadows).logsumexp(-1) - math.log(self.pitches)
        each = _log_bessel(self.amplitude * shadows[:, 2] / 2**0.5)
        pairs = each[:, :, None] + each[:, None, :]
        same = torch.eye(self.pitches, dtype=torch.bool)
        both = pairs.masked_fill(same, float("-inf")).flatten(1).logsumexp(-1)
        both = both - math.log(self.pitches * (self.pitches - 1))
        return torch.cat([single, both[:, None]], dim=1)

    def best_guess(self, sounds: Sounds) -> Labels:
        """The most likely class of each sound: the rule that errs least."""
        return self.evidence(sounds).argmax(-1)

    def _waves(self) -> Float[Tensor, "kinds pitches two length"]:
        return waves(self.frames * self.frame, self.pitches)


def _log_bessel(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    return torch.special.i0e(x).log() + x
