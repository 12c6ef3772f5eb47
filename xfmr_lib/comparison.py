"""Fair comparisons: same data, same steps, every side at its own best learning rate.

Taught in: chapter 09.
"""

import math
import statistics
import time
from bisect import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import nn

from xfmr_lib import parallel
from xfmr_lib.training import Batch, Loss, Recipe, TrainingDiverged, evaluate, fit, next_token_loss
from xfmr_lib.transformer import Config, Transformer

RATES = (4e-3, 8e-3, 1.6e-2)
Make = Callable[[Config], nn.Module]


@dataclass(frozen=True)
class Task:
    """What is learned, and on what it is judged.

    batches: seed -> (step -> batch), so that every arm sees the same ones. validation: batches on
    which learning rates are chosen. test: batches that are reported (the same only for a task whose
    every case is known). score: what is reported on them, the loss unless given.
    """

    batches: Callable[[int], Callable[[int], Batch]]
    validation: Sequence[Batch]
    test: Sequence[Batch]
    loss: Loss = next_token_loss
    score: Loss | None = None
    model: Make = Transformer


@dataclass(frozen=True)
class Run:
    """One arm, trained once. Losses in nats a token; seconds of processor time in training.

    test: the loss, or the task's score. curve: pairs (steps done, validation loss).
    """

    arm: str
    parameters: int
    rate: float
    seed: int
    validation: float
    test: float
    seconds: float
    curve: tuple[tuple[int, float], ...] = ()


def fresh(config: Config, seed: int, model: Make = Transformer) -> nn.Module:
    """A new model whose weights depend on the seed alone."""
    torch.manual_seed(seed)
    return model(config)


def train_arm(arm: str, config: Config, task: Task, recipe: Recipe, seed: int) -> Run:
    """Train a fresh model where that is fastest; the seed fixes its weights and its batches."""
    model, start = fresh(config, seed, task.model).to(parallel.DEVICE), time.process_time()
    history = fit(model, task.batches(seed), recipe, held_out=task.validation, loss=task.loss)
    seconds, curve = time.process_time() - start, tuple(history.held_out)
    test, counted = evaluate(model, task.test, task.score or task.loss), model.parameter_count()
    return Run(arm, counted, recipe.rate, seed, history.final, test, seconds, curve)


def tune(
    arm: str, config: Config, task: Task, recipe: Recipe, seed: int, rates: Sequence[float] = RATES
) -> list[Run]:
    """Train one arm at several rising learning rates, then beyond, until the best has neighbours.

    While the best stands at an end, twice or half of it is tried too. A training that diverges
    counts as an infinite loss.
    """

    def trained(rate: float) -> Run:
        try:
            return train_arm(arm, config, task, replace(recipe, rate=rate), seed)
        except TrainingDiverged:
            counted = fresh(config, seed, task.model).parameter_count()
            return Run(arm, counted, rate, seed, math.inf, math.inf, 0.0)

    runs = [trained(rate) for rate in rates]
    while (best := min(runs, key=lambda run: run.validation)) in (runs[0], runs[-1]):
        runs.append(trained(best.rate * 2 if best is runs[-1] else best.rate / 2))
        runs.sort(key=lambda run: run.rate)
    return runs


def best_rates(runs: Sequence[Run]) -> dict[str, float]:
    """For each arm the learning rate with the lowest validation loss.

    ValueError where it lies at an end of those tried: the comparison would be unfair to that arm.
    """
    best = {}
    for arm in dict.fromkeys(run.arm for run in runs):
        of_arm = [run for run in runs if run.arm == arm]
        rate = best[arm] = min(of_arm, key=lambda run: run.validation).rate
        tried = [run.rate for run in of_arm]
        if rate in (min(tried), max(tried)):
            raise ValueError(f"{rate:g}, best of {arm!r}, is an end of {tried}; widen the sweep")
    return best


def matched(
    config: Config, size: int, measure: Callable[[Transformer], int] = Transformer.parameter_count
) -> Config:
    """The same model, its width changed so that `measure` of it comes closest to `size`.

    measure: what is held equal, growing with the width. Widths are multiples of twice the heads.
    Worth remembering: an Extractor holds (window + 1) width^2 numbers, attention 4 width^2.
    """

    def measured(width: int) -> int:
        with torch.device("meta"):  # shapes and no contents
            return measure(Transformer(replace(config, width=width)))

    widths = range(config.heads * 2, 64 * config.width, config.heads * 2)
    above = bisect(widths, size, key=measured)
    nearest = widths[max(above - 1, 0) : above + 1]
    return replace(config, width=min(nearest, key=lambda width: abs(measured(width) - size)))


def mean_and_spread(values: Sequence[float]) -> tuple[float, float]:
    """Mean over seeds and the standard deviation between them (n - 1 in the denominator)."""
    return statistics.mean(values), statistics.stdev(values)
