"""A file was fetched by a function of Transformers'.

ImportError: cannot import name 'cached_path' from 'transformers.file_utils'
"""

from transformers.file_utils import cached_path

cached_path("x")
