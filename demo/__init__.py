"""The demo: draws toy scenes, trains four tasks on them, and shows what was learnt: `make demo`."""
