"""Training and evaluation of the models: one code path for the command line and the panel."""
