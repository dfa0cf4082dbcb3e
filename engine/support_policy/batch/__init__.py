"""Many tickets at once: histories of others read and decided, by rows and by columns; backtests."""
