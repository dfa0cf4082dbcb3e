"""Histories by columns: all tickets advance together, event by event, as NumPy arrays; equal to `evaluate`."""
