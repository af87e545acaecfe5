"""What foundry knows: spec documents, the catalogs of models and accelerators, and the arithmetic of resources."""
