"""One training step of our Transformer beside peers of the same shape, interleaved in one run.

    python benchmarks/training.py [--repeats 12] [--steps 3] [--json]

Peers: a loop in nanoGPT's manner (fused qkv, scaled_dot_product_attention, AdamW, clip 1), written
here; Hugging Face's GPT-2. Times are processor seconds of this process with one thread, so that a
busy machine disturbs them little; the ratio is the median over repeats of ours / peer.
"""

import argparse
import json
import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn

from xfmr_lib.training import Recipe, fit
from xfmr_lib.transformer import Config, Transformer

VOCABULARY, WINDOW, WIDTH, LAYERS, HEADS, BATCH = 5_000, 128, 128, 4, 4, 32


class PeerBlock(nn.Module):
    """A pre-norm GPT block as nanoGPT lays it out."""

    def __init__(self):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.c_attn, self.c_proj = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.mlp = nn.Sequential(
            nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH)
        )

    def forward(self, x):
        batch, time_, width = x.shape
        parts = self.c_attn(self.ln_1(x)).split(width, dim=2)
        q, k, v = (p.view(batch, time_, HEADS, width // HEADS).transpose(1, 2) for p in parts)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.c_proj(y.transpose(1, 2).contiguous().view(batch, time_, width))
        return x + self.mlp(self.ln_2(x))


class Peer(nn.Module):
    """Embedding, blocks, tied head."""

    def __init__(self):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(WINDOW, WIDTH)
        self.blocks = nn.Sequential(*(PeerBlock() for _ in range(LAYERS)))
        self.ln_f = nn.LayerNorm(WIDTH)
        self.lm_head = nn.Linear(WIDTH, VOCABULARY, bias=False)
        self.lm_head.weight = self.wte.weight

    def forward(self, tokens):
        x = self.wte(tokens) + self.wpe(torch.arange(tokens.shape[1]))
        return self.lm_head(self.ln_f(self.blocks(x)))


def batches(step):
    """The same random tokens for everybody."""
    generator = torch.Generator().manual_seed(step)
    tokens = torch.randint(VOCABULARY, (BATCH, WINDOW + 1), generator=generator)
    return tokens[:, :-1], tokens[:, 1:]


def peer_loop(model, logits):
    """The training loop a reader of nanoGPT would write."""
    decayed = [p for p in model.parameters() if p.ndim >= 2]
    rest = [p for p in model.parameters() if p.ndim < 2]
    groups = [{"params": decayed, "weight_decay": 0.1}, {"params": rest, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.95))

    def run(steps):
        for step in range(steps):
            inputs, targets = batches(step)
            loss = F.cross_entropy(logits(inputs).view(-1, VOCABULARY), targets.reshape(-1))
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

    return run


def contestants():
    """name -> a function that trains for some steps, and its number of parameters."""
    shape = Config(VOCABULARY, WINDOW, WIDTH, LAYERS, HEADS)
    ours, peer = Transformer(shape), Peer()
    runs = {"ours": (lambda steps: fit(ours, batches, Recipe(steps)), ours.parameter_count())}
    runs["nanogpt_like"] = (peer_loop(peer, peer), sum(p.numel() for p in peer.parameters()))
    try:
        from transformers import GPT2Config, GPT2LMHeadModel
    except ImportError:
        return runs
    settings = {"vocab_size": VOCABULARY, "n_positions": WINDOW, "n_embd": WIDTH}
    off = dict.fromkeys(("resid_pdrop", "embd_pdrop", "attn_pdrop"), 0.0)
    theirs = GPT2LMHeadModel(GPT2Config(**settings, n_layer=LAYERS, n_head=HEADS, **off))
    count = sum(p.numel() for p in theirs.parameters())
    runs["huggingface"] = (peer_loop(theirs, lambda tokens: theirs(tokens).logits), count)
    return runs


def measure(repeats, steps):
    """Interleave the contestants; milliseconds of processor time for each step."""
    runs = contestants()
    times = {name: [] for name in runs}
    for repeat in range(-1, repeats):  # the first round only warms up
        for name, (run, _) in runs.items():
            start = time.process_time()
            run(steps)
            if repeat >= 0:
                times[name].append((time.process_time() - start) / steps * 1000)
    rows = {}
    for name, values in times.items():
        ratios = [mine / other for mine, other in zip(times["ours"], values, strict=True)]
        rows[name] = {
            "parameters": runs[name][1],
            "median_ms": round(statistics.median(values), 1),
            "range_ms": [round(min(values), 1), round(max(values), 1)],
            "ours_over_this": round(statistics.median(ratios), 3),
        }
    shape = {"batch": BATCH, "window": WINDOW, "width": WIDTH, "layers": LAYERS, "heads": HEADS}
    return {"repeats": repeats, "steps": steps, "threads": 1, **shape, "results": rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=12)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    torch.set_num_threads(1)
    report = measure(options.repeats, options.steps)
    if options.json:
        print(json.dumps(report))
        return
    for name, row in report["results"].items():
        low, high = row["range_ms"]
        print(
            f"{name:14} {row['median_ms']:8.1f} ms ({low} to {high})"
            f"   ours/this {row['ours_over_this']:.3f}   {row['parameters']:,} parameters"
        )


if __name__ == "__main__":
    main()
