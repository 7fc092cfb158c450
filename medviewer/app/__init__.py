"""Services and state; Qt core only, no widgets."""
