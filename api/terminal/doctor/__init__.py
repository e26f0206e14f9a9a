"""The parts that `winnow doctor` looks at, one file each: environment, models, home, disk, service."""
