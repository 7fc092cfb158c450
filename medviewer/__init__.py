"""Desktop viewer for CT, MRI and X-ray with AI-assisted reading."""

__version__ = "0.1.0"
