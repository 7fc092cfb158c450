"""Widgets; the only place that joins services and rendering."""
