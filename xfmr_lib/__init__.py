"""The library under the book *Rows in Motion*: what a Transformer is, computed.

Submodules load when first used, so `import xfmr_lib` costs nothing to speak of.
"""

import importlib
import pkgutil

__version__ = "0.1.0"

_SUBMODULES = {module.name for module in pkgutil.iter_modules(__path__)} - {"__main__"}


def __getattr__(name: str):
    if name in _SUBMODULES:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted(_SUBMODULES | {"__version__"})
