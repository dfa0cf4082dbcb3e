"""Text to nodes with spans, and diagnostics. The only home of the YAML library."""
