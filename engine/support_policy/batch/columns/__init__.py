"""What is asked of each ticket, asked of many at once: rules and business time over columns."""
