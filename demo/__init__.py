"""The demo, `make demo`: generates toy scenes, trains four tasks on them, shows predictions."""
