"""The view grid and what is in it."""
