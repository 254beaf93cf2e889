"""Models in the form in which they are used: faster, and ready for other runtimes."""
