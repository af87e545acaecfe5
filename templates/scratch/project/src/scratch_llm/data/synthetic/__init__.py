"""Text that needs no download: stories, instructions and preferences from a grammar that can also judge answers."""

from scratch_llm.data.synthetic.judge import prefer, quality
from scratch_llm.data.synthetic.stories import accepted_share, accepts, stories
from scratch_llm.data.synthetic.tasks import instructions, preferences, story_prompts

__all__ = [
    "accepted_share",
    "accepts",
    "instructions",
    "prefer",
    "preferences",
    "quality",
    "stories",
    "story_prompts",
]
