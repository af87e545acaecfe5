"""The hub's client had classes for repositories and keys.

ImportError: cannot import name 'Repository' from 'huggingface_hub'
"""

from huggingface_hub import HfFolder

HfFolder.get_token()
