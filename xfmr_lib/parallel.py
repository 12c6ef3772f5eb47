"""One training in several processes, as `torchrun` starts them, and on graphics cards.

Every process has the whole model, and its share of each batch. Source: Li et al. 2020, PyTorch
Distributed.
"""

import os
from collections.abc import Callable

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils._pytree import tree_map_only

RANK = int(os.environ.get("RANK", 0))  # this process among those that torchrun started
PROCESSES = int(os.environ.get("WORLD_SIZE", 1))
DEVICE = f"cuda:{os.environ.get('LOCAL_RANK', 0)}" if torch.cuda.is_available() else "cpu"


def objective(model: nn.Module, loss: Callable) -> nn.Module:
    """batch -> loss(model, this process's share of it), its gradients averaged over processes."""
    both = nn.Module()  # as one, for a loss may use any part of the model
    both.model, both.forward = model, lambda batch: loss(model, placed(batch, model, PROCESSES))
    if PROCESSES == 1:
        return both
    if not dist.is_initialized():
        dist.init_process_group()
    return DistributedDataParallel(both)


def placed(batch, model: nn.Module, processes: int = 1):
    """The batch, or this process's share of its rows (the first axis), where the model is.

    Raises ValueError where the rows do not divide among the processes.
    """
    where = next((parameter.device for parameter in model.parameters()), None)

    def place(part: Tensor) -> Tensor:
        if processes > 1 and len(part) % processes:
            advice = f"make it a multiple of {processes}, or choose another --nproc-per-node"
            raise ValueError(f"{len(part)} rows in a batch for {processes} processes: {advice}")
        return (part.chunk(processes)[RANK] if processes > 1 else part).to(where)

    return tree_map_only(Tensor, place, batch)


def everyone(value) -> list:
    """What each process has: `value` of all of them, by rank."""
    values = [value] * PROCESSES
    if PROCESSES > 1:
        dist.all_gather_object(values, value)
    return values
