"""The English grammar: its words and its plots."""

import re
from typing import Final

from scratch_llm.data.synthetic.grammar import Grammar, Plot

_SHE = ("Lily", "Mia", "Rosa", "Nora")
_HE = ("Tom", "Ben", "Max", "Sam")


def _by_name(she: str, he: str) -> tuple[str, dict[str, str]]:
    return "name", dict.fromkeys(_SHE, she) | dict.fromkeys(_HE, he)


_INTRODUCTION = (
    "Once upon a time there was a {trait} {animal} named {name}.",
    "There once was a {trait} {animal} called {name}.",
    "Long ago there lived a {trait} {animal} named {name}.",
    "{name} was a {trait} {animal}.",
)
_HOME = (
    "{He} lived in a small house in the {place}.",
    "{His} home was in the {place}.",
    "{He} loved to play in the {place}.",
    "Every day {he} walked through the {place}.",
)
_ENDING = (
    "The {friend} thanked {him}, and they became good friends.",
    "From that day on {name} and the {friend} were best friends.",
    "They laughed and played until the sun went down.",
    "{name} went home with a happy heart.",
)

_FIND = Plot(
    deed="finds a {thing}",
    topic="thing",
    beats=(
        _INTRODUCTION,
        _HOME,
        (
            "{He} often went for a walk.",
            "{He} liked to look around.",
        ),
        (
            "One {sky} {time} {he} found a {thing} {spot}.",
            "On a {sky} {time} {he} saw a {thing} {spot}.",
            "One {sky} {time} a {thing} lay {spot}.",
        ),
        (
            "{He} picked it up and smiled.",
            "{He} had never seen one so fine.",
            "It was old but pretty.",
        ),
        (
            "Then a sad {friend} came along and asked for it.",
            "Soon {he} met a {friend} who was looking for it.",
            "Just then a {friend} asked if anyone had seen the {thing}.",
        ),
        (
            "{He} was kind and gave it back at once.",
            "{He} knew what to do and gave it to the {friend}.",
            "So {he} handed the {thing} to the {friend}.",
        ),
        _ENDING,
    ),
)
_LOSE = Plot(
    deed="loses a {thing}",
    topic="thing",
    beats=(
        _INTRODUCTION,
        _HOME,
        (
            "{He} had a {thing} and took it everywhere.",
            "{His} grandmother had given {him} a {thing}.",
            "What {he} loved most was a little {thing}.",
        ),
        (
            "One {sky} {time} {he} lost it.",
            "But one {sky} {time} the {thing} was gone.",
        ),
        (
            "{He} looked everywhere and began to cry.",
            "{He} searched the whole {place} but could not find it.",
            "{He} was very sad and did not know what to do.",
        ),
        (
            "A {friend} saw {him} and helped {him} look.",
            "Then a {friend} came along and wanted to help.",
            "Soon a {friend} asked why {he} was so sad.",
        ),
        (
            "Together they found it {spot}.",
            "At last they saw the {thing} {spot}.",
        ),
        _ENDING,
    ),
)
_BUILD = Plot(
    deed="builds a {building}",
    topic="building",
    beats=(
        _INTRODUCTION,
        _HOME,
        (
            "One {sky} {time} {he} wanted to build a {building}.",
            "On a {sky} {time} {he} made a plan to build a {building}.",
            "{He} dreamed of building a {building} {spot}.",
        ),
        (
            "{He} carried wood and stones all day.",
            "The wood was heavy and the work was hard.",
        ),
        (
            "But it fell down with a loud crash.",
            "But the wind blew and it fell down.",
            "But {he} could not finish the {building} alone.",
        ),
        (
            "A {friend} came along and showed {him} a better way.",
            "Then a {friend} came to help, and they tried again.",
            "Luckily a {friend} had an idea and helped {him}.",
        ),
        (
            "By night the {building} was strong and tall.",
            "Soon it was ready, and it looked fine.",
        ),
        _ENDING,
    ),
)
_LEARN = Plot(
    deed="learns to {skill}",
    topic="skill",
    beats=(
        _INTRODUCTION,
        _HOME,
        (
            "{He} wanted to learn to {skill}.",
            "More than anything {he} wished to {skill}.",
            "Everyone there could {skill}, but {he} could not.",
        ),
        (
            "One {sky} {time} {he} tried and tried, but it was hard.",
            "On a {sky} {time} {he} tried alone and fell on {his} nose.",
        ),
        (
            "A {friend} said that nobody learns in one day.",
            "Then {he} met a {friend} who knew how to do it.",
            "A {friend} saw {him} and offered to help.",
        ),
        (
            "They practiced every day {spot}.",
            "The {friend} showed {him} how to begin.",
            "{He} tried again and did not give up.",
        ),
        (
            "At last {he} could {skill} very well.",
            "After a week {he} did it better than anyone.",
            "Now {he} could {skill}, and everyone cheered.",
        ),
        _ENDING,
    ),
)
_SHARE = Plot(
    deed="shares a {food}",
    topic="food",
    beats=(
        _INTRODUCTION,
        _HOME,
        (
            "One {sky} {time} {he} had a big {food}.",
            "On a {sky} {time} {he} made a {food}.",
            "{His} grandmother gave {him} a {food} one {sky} {time}.",
        ),
        (
            "It smelled so good that {he} wanted to eat it all.",
            "{He} sat down {spot} to eat it.",
        ),
        (
            "Then {he} saw a {friend} who had nothing to eat.",
            "A hungry {friend} looked at the {food}.",
            "But a small {friend} sat there alone and hungry.",
        ),
        (
            "{He} cut it in two and gave away one half.",
            "{He} shared it with the {friend}.",
            "So {he} gave half of it to the {friend}.",
        ),
        (
            "It tasted much better together.",
            "They ate it and told each other stories.",
            "The {friend} said that it was the best {food} in the {place}.",
        ),
        _ENDING,
    ),
)

ENGLISH: Final = Grammar(
    language="en",
    words={
        "name": _SHE + _HE,
        "trait": ("kind", "little", "brave", "clever", "shy", "funny"),
        "animal": ("fox", "rabbit", "bear", "cat", "dog", "duck", "frog", "goat", "pig", "wolf"),
        "friend": ("mouse", "bird", "turtle", "squirrel", "bee"),
        "place": ("forest", "garden", "valley", "village"),
        "spot": ("under a tree", "near the river", "behind a rock", "beside the road", "on a hill"),
        "sky": ("sunny", "cold", "windy", "rainy", "warm"),
        "time": ("morning", "evening", "day"),
        "thing": ("lantern", "kite", "drum", "ball", "key", "hat"),
        "building": ("house", "bridge", "boat", "tower"),
        "skill": ("swim", "sing", "dance", "climb", "paint"),
        "food": ("cake", "pie", "pear", "melon", "cookie"),
    },
    derived={
        "he": _by_name("she", "he"),
        "He": _by_name("She", "He"),
        "him": _by_name("her", "him"),
        "his": _by_name("her", "his"),
        "His": _by_name("Her", "His"),
    },
    plots={"find": _FIND, "lose": _LOSE, "build": _BUILD, "learn": _LEARN, "share": _SHARE},
    sentence_end=re.compile(r"(?<=[.!?]) "),
    joiner=" ",
)
