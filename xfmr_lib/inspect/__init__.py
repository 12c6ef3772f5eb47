"""What a trained model did: look inside without changing it."""
