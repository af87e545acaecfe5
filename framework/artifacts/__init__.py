"""What lies on disk: typed models, their Markdown form, and the files of a project."""
