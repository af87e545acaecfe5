"""The engine that asks a language model behind any OpenAI-compatible endpoint. It alone imports a client, lazily."""
