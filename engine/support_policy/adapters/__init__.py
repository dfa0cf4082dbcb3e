"""The outside world: files, the cache, this machine, foreign logs."""
