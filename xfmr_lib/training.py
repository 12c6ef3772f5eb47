"""The one training loop: AdamW, warm-up and cosine, clipping, held-out loss, resume.

Source: the recipe of GPT-3 and nanoGPT. Taught in: chapter 09.
"""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import safetensors.torch
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int, Num
from torch import Tensor, nn
from tqdm import tqdm

from xfmr_lib import parallel

Batch = tuple[Num[Tensor, "_batch _time ..."], Int[Tensor, "_batch ..."]]  # inputs, targets
Loss = Callable[[nn.Module, Batch], Float[Tensor, ""]]


@dataclass(frozen=True)
class Recipe:
    """How to train: everything but the model and the data.

    rate: the peak, reached after `warmup` (share of the steps), falling along a cosine to `final`
    of it. decay: weight decay, on matrices only. clip: largest norm of the whole gradient. every:
    steps between looks at the held-out loss (0: at the end only).
    """

    steps: int
    rate: float = 1e-3
    warmup: float = 0.05
    final: float = 0.1
    decay: float = 0.1
    clip: float = 1.0
    betas: tuple[float, float] = (0.9, 0.95)
    every: int = 0

    def __post_init__(self):
        if self.steps < 1 or self.rate <= 0 or not 0 <= self.warmup < 1 or self.clip <= 0:
            needed = "steps >= 1, rate > 0, 0 <= warmup < 1 and clip > 0 are needed"
            raise ValueError(f"{needed}, got {self}")

    def rate_at(self, step: int) -> float:
        """Learning rate of the update `step`, counted from 0."""
        warm = max(1, round(self.warmup * self.steps))
        if step < warm:
            return self.rate * (step + 1) / warm
        progress = (step - warm) / max(1, self.steps - warm)
        return self.rate * (self.final + (1 - self.final) * (1 + math.cos(math.pi * progress)) / 2)


@dataclass
class History:
    """Each step's loss, and pairs (steps done, held-out loss)."""

    train: list[float] = field(default_factory=list)
    held_out: list[tuple[int, float]] = field(default_factory=list)

    @property
    def final(self) -> float:
        """The last held-out loss."""
        if not self.held_out:
            raise ValueError("no held-out loss was measured; pass held_out= to fit()")
        return self.held_out[-1][1]


class TrainingDiverged(RuntimeError):
    """The loss stopped being a number."""


def next_token_loss(model: nn.Module, batch: Batch) -> Float[Tensor, ""]:
    """Mean of -log p(target at i | tokens up to i) over batch and places, in nats a token."""
    inputs, targets = batch
    return F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())


def optimizer_for(model: nn.Module, recipe: Recipe) -> torch.optim.AdamW:
    """AdamW, with weight decay on matrices and tables alone."""
    trained = [p for p in model.parameters() if p.requires_grad]
    decayed, rest = [p for p in trained if p.ndim >= 2], [p for p in trained if p.ndim < 2]
    groups = [{"params": decayed}, {"params": rest, "weight_decay": 0.0}]
    about = {"lr": recipe.rate, "betas": recipe.betas, "weight_decay": recipe.decay}
    return torch.optim.AdamW(groups, fused=True, **about)


@torch.no_grad()
def evaluate(model: nn.Module, batches: Sequence[Batch], loss: Loss = next_token_loss) -> float:
    """Mean loss over batches of equal size, with dropout off."""
    training = model.training
    model.eval()
    total = sum(loss(model, parallel.placed(batch, model)).item() for batch in batches)
    model.train(training)
    return total / len(batches)


def fit(
    model: nn.Module,
    batches: Callable[[int], Batch],
    recipe: Recipe,
    *,
    held_out: Sequence[Batch] | None = None,
    loss: Loss = next_token_loss,
    checkpoint: str | Path | None = None,
    save_every: int = 500,
    watch: Callable[[int, nn.Module], None] | None = None,
) -> History:
    """Train a model in place and return the history of its loss.

    batches(step) -> (inputs, targets): a function of the step alone, so that a training resumed
    from `checkpoint` (.safetensors) continues bit for bit. held_out: batches the loss is measured
    on. watch(step, model): called before each update and once at the end, to look inside. A
    progress bar shows on a terminal; a notebook stays silent. Batches move to where the model is.

    Under torchrun each process takes its share of a batch's rows (first axis; ValueError where they
    do not divide), gradients and losses are averaged: as in one process, if all rows count alike.
    """
    optimizer, history = optimizer_for(model, recipe), History()
    objective = parallel.objective(model, loss)
    if checkpoint:
        _load(Path(checkpoint), model, optimizer, history, recipe)
    start = len(history.train)
    model.train()
    for step in tqdm(range(start, recipe.steps), initial=start, total=recipe.steps, disable=None):
        if watch:
            watch(step, model)
        optimizer.zero_grad(set_to_none=True)
        history.train.append(_update(model, optimizer, recipe, step, objective(batches(step))))
        done = step + 1
        if held_out and (done == recipe.steps or (recipe.every and done % recipe.every == 0)):
            history.held_out.append((done, parallel.everyone(evaluate(model, held_out, loss))[0]))
        if checkpoint and parallel.RANK == 0 and (done == recipe.steps or done % save_every == 0):
            _save(Path(checkpoint), model, optimizer, history, recipe)
    if watch:
        watch(recipe.steps, model)
    return history


def _update(model, optimizer, recipe: Recipe, step: int, loss: Float[Tensor, ""]) -> float:
    for group in optimizer.param_groups:
        group["lr"] = rate = recipe.rate_at(step)
    loss.backward()
    norm = nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
    losses = parallel.everyone(loss.item())
    mean = sum(losses) / len(losses)
    if not (math.isfinite(mean) and torch.isfinite(norm)):
        raise TrainingDiverged(
            f"at step {step} with learning rate {rate:.3g}: loss {mean} and gradient norm "
            f"{norm.item()}; first bad parameter: {_first_bad(model)}. Try a smaller rate or more "
            "warm-up; the weights are those before this step"
        )
    optimizer.step()
    return mean


def _first_bad(model: nn.Module) -> str:
    for what in ("data", "grad"):
        for name, parameter in model.named_parameters():
            numbers = getattr(parameter, what)
            if numbers is not None and not numbers.isfinite().all():
                return f"{name} (its {what})"
    return "none, only the loss overflowed"


def _save(path: Path, model, optimizer, history: History, recipe: Recipe) -> None:
    """Written whole or not at all."""
    about = json.dumps({"history": asdict(history), "recipe": asdict(recipe)})
    tensors = {"generator": torch.get_rng_state(), "about": torch.tensor(list(about.encode()))}
    for name, parameter in model.named_parameters():
        kept = {"weights": parameter.detach(), **optimizer.state.get(parameter, {})}
        tensors |= {f"{name}/{key}": tensor.contiguous() for key, tensor in kept.items()}
    half_written = path.with_name(path.name + ".part")
    safetensors.torch.save_file(tensors, half_written)
    half_written.replace(path)


@torch.no_grad()
def _load(path: Path, model, optimizer, history: History, recipe: Recipe) -> None:
    """Go on from what the first process finds, if it finds anything."""
    content = parallel.everyone(path.read_bytes() if path.exists() else None)[0]
    if content is None:
        return
    kept = safetensors.torch.load(content)
    about = json.loads(bytes(kept["about"].tolist()))
    if about["recipe"] != json.loads(json.dumps(asdict(recipe))):
        raise ValueError(f"{path} is of {about['recipe']}; delete it or use the same recipe")
    for name, parameter in model.named_parameters():
        parameter.copy_(kept[f"{name}/weights"])
        for key in ("step", "exp_avg", "exp_avg_sq"):
            if f"{name}/{key}" in kept:  # not where it is frozen
                optimizer.state[parameter][key] = kept[f"{name}/{key}"].to(parameter.device)
    torch.set_rng_state(kept["generator"])
    vars(history).update(about["history"])
    history.held_out = [tuple(pair) for pair in history.held_out]
