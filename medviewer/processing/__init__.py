"""Core values to core values."""
