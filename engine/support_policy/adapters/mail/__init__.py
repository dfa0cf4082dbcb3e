"""Mail over the wire: the listener that takes it in."""
