"""How fast a model is, beside the toolbox's own: for ``tools/benchmark.py``."""
