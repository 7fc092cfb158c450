"""Models: cards, registry, inference, saliency, training. The only place for torch."""
