"""Sampling: the model as a recurrent machine that writes its own next input.

Source: temperature and top-k as GPT-2 (Radford et al. 2019), top-p ("nucleus sampling") from
Holtzman et al. 2020. Taught in: chapter 02.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from xfmr_lib.transformer import Memory, Tokens, Transformer

Scores = Float[Tensor, "batch vocabulary"]


def keep_top_k(scores: Scores, k: int) -> Scores:
    """Only the k best tokens stay possible (ties with the k-th stay too)."""
    if k < 1:
        raise ValueError(f"top_k must be at least 1, got {k}")
    threshold = scores.topk(min(k, scores.shape[-1])).values[:, -1:]
    return scores.masked_fill(scores < threshold, float("-inf"))


def keep_top_p(scores: Scores, p: float) -> Scores:
    """The smallest set of best tokens whose probabilities reach p, in (0, 1], stays possible."""
    if not 0 < p <= 1:
        raise ValueError(f"top_p must lie in (0, 1], got {p}")
    ordered, order = scores.sort(descending=True)
    before = ordered.softmax(-1).cumsum(-1) - ordered.softmax(-1)
    dropped = torch.zeros_like(scores, dtype=torch.bool).scatter(1, order, before >= p)
    return scores.masked_fill(dropped, float("-inf"))


def next_scores(
    model: Transformer, text: Tokens, memory: Memory | None = None
) -> tuple[Scores, Memory | None]:
    """Scores of the token after `text`, and the memory to pass in for the token after that."""
    window = model.config.window
    if text.shape[1] > window:  # the oldest token leaves, all places shift, every row changes
        return model(text[:, -window:])[:, -1], None
    if memory is None:
        logits, memory = model.prime(text)
        return logits[:, -1], memory
    return model.step(text[:, -1], memory)


@torch.no_grad()
def generate(
    model: Transformer,
    prefix: Tokens,
    steps: int,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    seed: int | None = None,
) -> Int[Tensor, "batch longer"]:
    """Append `steps` tokens to each prefix, one at a time, and return prefix and continuation.

    temperature: 0 takes the best token, 1 samples the model as it is, larger values flatten.
    seed: repeats a sample on one machine. Beyond the window the model sees the newest tokens only.
    Worth remembering: the state of this machine is the text itself; memory only saves work.
    """
    _check(model, prefix)
    if temperature < 0:
        raise ValueError(f"temperature must not be negative: {temperature}; 0 takes the best token")
    generator = torch.Generator(prefix.device)
    _ = generator.seed() if seed is None else generator.manual_seed(seed)
    training, text, memory = model.training, prefix, None
    model.eval()
    for _ in range(steps):
        with torch.inference_mode():  # a tenth faster than no_grad for single rows
            scores, memory = next_scores(model, text, memory)
        if temperature == 0:
            new = scores.argmax(-1, keepdim=True)
        else:
            scores = scores / temperature
            scores = scores if top_k is None else keep_top_k(scores, top_k)
            scores = scores if top_p is None else keep_top_p(scores, top_p)
            new = torch.multinomial(scores.softmax(-1), 1, generator=generator)
        text = torch.cat([text, new], dim=1)
    model.train(training)
    return text


def _check(model: Transformer, prefix: Tokens) -> None:
    if prefix.shape[1] == 0:
        raise ValueError("the prefix is empty; give at least one token to start from")
    if prefix.min() < 0 or prefix.max() >= model.config.vocabulary:
        raise ValueError(
            f"prefix holds tokens {int(prefix.min())} to {int(prefix.max())} but the vocabulary "
            f"is 0 to {model.config.vocabulary - 1}; was it encoded with another tokenizer?"
        )
