"""A project's rules: read from documents and sentences, what a program can obey of them, and where they contradict."""
