"""The image: what goes into it, how it is built, and what is seen inside of it."""
