"""Shapes stand in signatures; here, and only here, they are enforced at run time."""

import torch
from jaxtyping import install_import_hook

install_import_hook("xfmr_lib", "shape_checks.check")
torch.set_num_threads(1)
