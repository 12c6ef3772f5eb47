"""The one training loop: AdamW, warm-up and cosine, clipping, held-out loss, resume.

Source: the recipe of GPT-3 and nanoGPT (decay on matrices only, betas 0.9 and 0.95, clip 1).
Taught in: chapter 09.
"""

import json
import math
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int, Num
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from tqdm import tqdm

Batch = tuple[Num[Tensor, "_batch _time ..."], Int[Tensor, "_batch ..."]]  # inputs, targets
Loss = Callable[[nn.Module, Batch], Float[Tensor, ""]]


@dataclass(frozen=True)
class Recipe:
    """How to train: everything but the model and the data.

    steps: updates. rate: peak learning rate, reached after `warmup` (share of the steps), falling
    along a cosine to `final` of the peak. decay: weight decay, on matrices only. clip: largest norm
    of the whole gradient. every: steps between looks at the held-out loss (0: at the end only).
    Raises ValueError for impossible values. Taught in: chapter 09.
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
            raise ValueError(
                f"steps >= 1, rate > 0, 0 <= warmup < 1 and clip > 0 are needed, got {self}"
            )

    def rate_at(self, step: int) -> float:
        """Learning rate of the update `step`, counted from 0."""
        warm = max(1, round(self.warmup * self.steps))
        if step < warm:
            return self.rate * (step + 1) / warm
        progress = (step - warm) / max(1, self.steps - warm)
        return self.rate * (self.final + (1 - self.final) * (1 + math.cos(math.pi * progress)) / 2)


@dataclass
class History:
    """What a training left behind: the loss of each step, and the held-out loss now and then.

    train[k]: mean loss of the batch of step k, nats. held_out: pairs (steps done, loss).
    """

    train: list[float] = field(default_factory=list)
    held_out: list[tuple[int, float]] = field(default_factory=list)

    @property
    def final(self) -> float:
        """The last held-out loss, nats a token."""
        if not self.held_out:
            raise ValueError("no held-out loss was measured; pass held_out= to fit()")
        return self.held_out[-1][1]


class TrainingDiverged(RuntimeError):
    """The loss stopped being a number."""


def next_token_loss(model: nn.Module, batch: Batch) -> Float[Tensor, ""]:
    """Mean cross-entropy of the next token, nats a token.

        loss = - mean over batch and places of log p(target at i | tokens up to i)

    Raises nothing. Source: every language model since Bengio et al. 2003.
    Taught in: chapter 02.
    """
    inputs, targets = batch
    return F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())


def optimizer_for(model: nn.Module, recipe: Recipe) -> torch.optim.AdamW:
    """AdamW with weight decay on matrices and tables, none on gains and biases."""
    parameters = [p for p in model.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in parameters if p.ndim >= 2], "weight_decay": recipe.decay},
        {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=recipe.rate, betas=recipe.betas, fused=True)


@torch.no_grad()
def evaluate(model: nn.Module, batches: list[Batch], loss: Loss = next_token_loss) -> float:
    """Mean loss over batches of equal size, with dropout off."""
    training = model.training
    model.eval()
    total = sum(loss(model, batch).item() for batch in batches)
    model.train(training)
    return total / len(batches)


def fit(
    model: nn.Module,
    batches: Callable[[int], Batch],
    recipe: Recipe,
    *,
    held_out: list[Batch] | None = None,
    loss: Loss = next_token_loss,
    checkpoint: str | Path | None = None,
    save_every: int = 500,
    watch: Callable[[int, nn.Module], None] | None = None,
) -> History:
    """Train a model in place and return the history of its loss.

    batches(step) -> (inputs, targets), each (batch, time): a function of the step alone, so that a
    training resumed from `checkpoint` (a .safetensors file, written whole or not at all) continues
    bit for bit. held_out: batches the loss is measured on. watch(step, model): called before each
    update and once at the end, for those who want to look inside.
    A progress bar shows on a terminal; a notebook stays silent.
    Raises TrainingDiverged, naming step, learning rate and parameter, if the loss is not finite.
    Taught in: chapter 09.
    """
    optimizer, history, start = optimizer_for(model, recipe), History(), 0
    if checkpoint and Path(checkpoint).exists():
        start = _load(Path(checkpoint), model, optimizer, history, recipe)
    model.train()
    silent = not sys.stderr.isatty()
    for step in tqdm(range(start, recipe.steps), initial=start, total=recipe.steps, disable=silent):
        if watch:
            watch(step, model)
        rate = recipe.rate_at(step)
        history.train.append(
            _update(model, optimizer, batches(step), recipe.clip, rate, loss, step)
        )
        done = step + 1
        if held_out and (done == recipe.steps or (recipe.every and done % recipe.every == 0)):
            history.held_out.append((done, evaluate(model, held_out, loss)))
        if checkpoint and (done == recipe.steps or done % save_every == 0):
            _save(Path(checkpoint), model, optimizer, history, recipe)
    if watch:
        watch(recipe.steps, model)
    return history


def _update(model, optimizer, batch, clip, rate, loss, step) -> float:
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.zero_grad(set_to_none=True)
    value = loss(model, batch)
    value.backward()
    norm = nn.utils.clip_grad_norm_(model.parameters(), clip)
    if not (torch.isfinite(value) and torch.isfinite(norm)):
        raise TrainingDiverged(
            f"loss {value.item()} and gradient norm {norm.item()} at step {step} with learning "
            f"rate {rate:.3g}; first bad parameter: {_first_bad(model)}. Try a smaller rate or "
            "more warm-up; the weights are those before this step"
        )
    optimizer.step()
    return value.item()


def _first_bad(model: nn.Module) -> str:
    parameters = list(model.named_parameters())
    for name, parameter in parameters:
        if not torch.isfinite(parameter).all():
            return f"{name} (its values)"
    for name, parameter in parameters:
        if parameter.grad is not None and not torch.isfinite(parameter.grad).all():
            return f"{name} (its gradient)"
    return "none, only the loss overflowed"


def _save(path: Path, model, optimizer, history: History, recipe: Recipe) -> None:
    tensors = {f"model.{name}": p.detach() for name, p in model.named_parameters()}
    for index, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{key}": value for key, value in state.items()}
    tensors["rng"] = torch.get_rng_state()
    meta = {"history": json.dumps(asdict(history)), "recipe": json.dumps(asdict(recipe))}
    half_written = path.with_name(path.name + ".part")
    save_file({name: t.contiguous() for name, t in tensors.items()}, half_written, metadata=meta)
    os.replace(half_written, path)


def _load(path: Path, model, optimizer, history: History, recipe: Recipe) -> int:
    with safe_open(path, "pt") as file:
        meta = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    if meta["recipe"] != json.dumps(asdict(recipe)):
        raise ValueError(
            f"{path} was written by {meta['recipe']} but this training is "
            f"{json.dumps(asdict(recipe))}; delete the file or use the same recipe"
        )
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(tensors[f"model.{name}"])
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimizer."):
            _, index, key = name.split(".")
            state.setdefault(int(index), {})[key] = tensor
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
    torch.set_rng_state(tensors["rng"])
    past = json.loads(meta["history"])
    history.train = past["train"]
    history.held_out = [tuple(pair) for pair in past["held_out"]]
    return len(history.train)
