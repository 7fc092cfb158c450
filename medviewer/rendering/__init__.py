"""Core values to pixels with VTK; no Qt, no files, no models."""
