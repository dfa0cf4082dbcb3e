"""Support policy as code."""
