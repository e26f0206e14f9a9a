"""One file per command. Modules import the engine inside the function: `winnow --help` must not load a model."""
