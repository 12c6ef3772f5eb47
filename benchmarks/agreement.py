"""Our modules beside implementations that others wrote: the same weights, the same inputs.

    pip install transformers==5.23.0 x-transformers==2.31.10 peft==0.21.2
    python benchmarks/agreement.py [--only gpt2 t5 ...] [--record]

Prints the largest absolute differences, in float32 and float64, and what they may be: so many
roundings of the largest number compared, and why. Exit status 1: one differs; 2: a package is
missing. Our rotary positions pair k with k + width / 2, x-transformers neighbours: its rows
are permuted. ALiBi: slopes of 2, 4, 8 ... heads are ours; for others its code mixes two series.
"""

import argparse
import importlib.metadata
import sys
import tempfile
from pathlib import Path

import torch
from einops import rearrange
from sklearn.linear_model import Ridge
from torch import nn

from xfmr_lib import generation, positions, pretrained, records
from xfmr_lib.mixers.attention import Attention, attention_pattern
from xfmr_lib.mixers.by_distance import by_place
from xfmr_lib.mixers.least_squares import Intention, MesaLayer

LINE = "{ours:21}{theirs} {version}, {what}, {precision}: {difference:.1e} <= {tolerance:.1e}"


def compare(names, mine, outside, roundings=0, reason="looked up, or whole numbers"):
    """A row of the table; names: our part | theirs | what of them."""
    unit = torch.finfo(torch.get_default_dtype()).eps * outside.abs().max().item()
    row = dict(zip(("ours", "theirs", "what"), names.split(" | ")), tolerance=roundings * unit)
    row["difference"] = (mine.double() - outside.double()).abs().max().item()  # may be no number
    return row | {"reason": reason, "agree": row["difference"] <= row["tolerance"]}


def gpt2():
    import transformers

    transformers.logging.disable_progress_bar()
    shape = {"vocab_size": 97, "n_positions": 40, "n_embd": 48, "n_layer": 2, "n_head": 4}
    shape |= {"bos_token_id": None, "eos_token_id": None, "pad_token_id": 0}
    theirs = transformers.GPT2LMHeadModel(transformers.GPT2Config(**shape)).eval()
    for parameter in theirs.parameters():  # zeros and ones would hide a swapped bias or gain
        nn.init.normal_(parameter, mean=parameter.mean().item(), std=0.2)
    with tempfile.TemporaryDirectory() as folder:
        theirs.transformer.save_pretrained(folder)  # its names have no prefix, as published
        ours = pretrained.gpt2(folder)
    tokens = torch.randint(97, (4, 40))
    allowed = (200, "20 sums of about 100 terms one after another, sqrt(100) roundings each")
    pair = ours(tokens), theirs(tokens).logits
    yield compare("pretrained.gpt2 | transformers GPT2LMHeadModel | logits", *pair, *allowed)
    mine = generation.generate(ours, tokens[:, :8], 32, temperature=0)
    outside = theirs.generate(tokens[:, :8], max_new_tokens=32, do_sample=False, use_cache=True)
    yield compare("generation.generate | transformers generate | greedy tokens", mine, outside)


def t5():
    from transformers.models.t5 import modeling_t5 as code

    theirs = code.T5Attention(code.T5Config(num_heads=8, is_decoder=True), True, layer_idx=0)
    for n, most in ((32, 128), (7, 300)):
        mine = positions.t5_bucket(torch.arange(2000), n, most)
        outside = theirs._relative_position_bucket(-torch.arange(2000), False, n, most)
        yield compare(f"positions.t5_bucket | transformers T5Attention | {n}-{most}", mine, outside)
    ours = positions.T5Bias(8, 200)
    ours.table.data = theirs.relative_attention_bias.weight.data.T
    mine, outside = by_place(ours(200), 200).tril(), theirs.compute_bias(200, 200)[0].tril()
    yield compare("positions.T5Bias | transformers T5Attention | 200 rows", mine, outside)


def places():
    from x_transformers import x_transformers as theirs

    bias = by_place(positions.LinearBias(8, 200)(200), 200).tril()
    allowed = (8, "a slope, down to 2^-8, is kept as its logarithm: 5.5 roundings; and a product")
    names = "positions.LinearBias | x-transformers AlibiPositionalBias | 8 heads, 200 rows"
    yield compare(names, bias, theirs.AlibiPositionalBias(8)(200, 200).tril(), *allowed)
    x, neighbours = torch.randn(2, 4, 64, 16), "b h t (two k) -> b h t (k two)"
    angles, _ = theirs.RotaryEmbedding(16)(torch.arange(64))
    outside = theirs.apply_rotary_pos_emb(rearrange(x, neighbours, two=2), angles)
    singles = torch.finfo(torch.float32).eps / torch.finfo(x.dtype).eps
    allowed = (128 * singles, "their speeds are float32 always: 63 radians, 2 roundings each")
    names = "positions.rotary | x-transformers RotaryEmbedding | 64 rows, permuted"
    yield compare(names, rearrange(positions.rotary(x), neighbours, two=2), outside, *allowed)


def attention():
    allowed = (64, "four sums of 32 terms one after another, and a softmax")
    q, k, v = torch.randn(3, 2, 4, 24, 8)
    outside = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    names = "attention_pattern | torch scaled_dot_product_attention | output"
    yield compare(names, attention_pattern(q, k) @ v, outside, *allowed)
    ours, theirs = Attention(32, 4), nn.MultiheadAttention(32, 4, batch_first=True)
    theirs.in_proj_weight, theirs.in_proj_bias = ours.qkv.weight, ours.qkv.bias
    theirs.out_proj, x = ours.output, torch.randn(2, 24, 32)
    rows, _ = theirs(x, x, x, attn_mask=torch.ones(24, 24, dtype=torch.bool).triu(1))
    yield compare("Attention | torch MultiheadAttention | output", ours(x), rows, *allowed)


def ridge():
    (q, k, v), found = torch.randn(3, 20, 6), []
    for seen in range(1, 21):
        fitted = Ridge(alpha=0.5, fit_intercept=False).fit(k[:seen].numpy(), v[:seen].numpy())
        found.append(torch.from_numpy(fitted.predict(q[seen - 1 : seen].numpy()))[0])
    hard = torch.linalg.cond(k.mT @ k + 0.5 * torch.eye(6)).item()
    allowed = (16 * hard, "six sums, times the condition of what is solved")
    for layer in (Intention, MesaLayer):
        mine = layer(6, alpha=0.5).mix(q[None, None], k[None, None], v[None, None])[0, 0]
        names = f"{layer.__name__} | scikit-learn Ridge | 20 fits"
        yield compare(names, mine, torch.stack(found), *allowed)


def lora():
    """Chapter 18's class, as the chapter defines it."""
    import peft

    sys.path.append(str(Path(__file__).parents[1] / "tests"))
    from book_notebooks import defined

    options = peft.LoraConfig(r=4, lora_alpha=6, target_modules=["0"])
    theirs = peft.get_peft_model(nn.Sequential(nn.Linear(24, 16)), options)
    part, x = theirs.base_model.model[0], torch.randn(10, 24)
    ours = defined("18", "LowRank").LowRank(part.base_layer, 4, 6)
    ours.A, ours.B = part.lora_A["default"].weight, part.lora_B["default"].weight
    nn.init.normal_(ours.B)  # it starts from 0, which would hide everything
    yield compare("LowRank | peft LoraConfig | output", ours(x), theirs(x), 32, "three sums")


COMPARISONS = {part.__name__: part for part in (gpt2, t5, places, attention, ridge, lora)}


@torch.no_grad()
def measure(comparison):
    """Its rows, everything built in either precision, with the version of the outside package."""
    for precision in ("float32", "float64"):
        torch.manual_seed(0)
        torch.set_default_dtype(getattr(torch, precision))
        for row in comparison():
            version = importlib.metadata.version(row["theirs"].split()[0]).partition("+")[0]
            yield row | {"version": version, "precision": precision}
    torch.set_default_dtype(torch.float32)


def main(given=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", nargs="+", choices=COMPARISONS, default=list(COMPARISONS))
    parser.add_argument("--record", action="store_true", help="write book/results/agreement.json")
    options = parser.parse_args(given)
    try:
        rows = [row for name in options.only for row in measure(COMPARISONS[name])]
    except ModuleNotFoundError as missing:
        print(f"{missing.name} is not installed; see the docstring of benchmarks/agreement.py")
        return 2
    for row in rows:
        print("agree " if row["agree"] else "DIFFER", LINE.format(**row), f"({row['reason']})")
    if options.record:
        records.save("agreement", rows, command="python benchmarks/agreement.py --record")
    return int(not all(row["agree"] for row in rows))


if __name__ == "__main__":
    raise SystemExit(main())
