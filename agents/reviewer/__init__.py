"""The reviewer: it looks at a finished project with real tools and with checks of its own."""
