"""The requests and questions of both languages."""

from typing import Final

from scratch_llm.data.synthetic.chinese import CHINESE
from scratch_llm.data.synthetic.english import ENGLISH
from scratch_llm.data.synthetic.requests import SUMS, Asking, Facts

ASK_ENGLISH: Final = Asking(
    grammar=ENGLISH,
    story_requests=(
        "Write a story about a {animal} who {deed}.",
        "Tell me a story about a {animal} who {deed}.",
        "Please write a short story about a {animal} who {deed}.",
        "Can you tell a story about a {animal} who {deed}?",
    ),
    facts=(
        Facts(("What is {0} plus {1}?", "How much is {0} plus {1}?"), "{0} plus {1} is {2}.", SUMS),
        Facts(
            ("What is the opposite of {0}?", "Tell me the opposite of {0}."),
            "The opposite of {0} is {1}.",
            (
                ("big", "small"),
                ("hot", "cold"),
                ("happy", "sad"),
                ("old", "new"),
                ("up", "down"),
                ("day", "night"),
                ("hard", "soft"),
                ("fast", "slow"),
                ("good", "bad"),
                ("loud", "quiet"),
            ),
        ),
        Facts(
            ("How many legs does a {0} have?", "Tell me how many legs a {0} has."),
            "A {0} has {1} legs.",
            (("cat", "four"), ("bird", "two"), ("bee", "six"), ("spider", "eight"), ("frog", "four"), ("duck", "two")),
        ),
        Facts(
            ("What color is {0}?", "Tell me the color of {0}."),
            "The color of {0} is {1}.",
            (("snow", "white"), ("grass", "green"), ("the sky", "blue"), ("a lemon", "yellow"), ("coal", "black")),
        ),
    ),
)

ASK_CHINESE: Final = Asking(
    grammar=CHINESE,
    story_requests=(
        "写一个关于一{zhi}{animal}{deed}的故事。",
        "请讲一个一{zhi}{animal}{deed}的故事。",
        "请写一个短故事，讲一{zhi}{animal}{deed}。",
        "能讲一个一{zhi}{animal}{deed}的故事吗？",
    ),
    facts=(
        Facts(("{0}加{1}等于几？", "请算一算，{0}加{1}是多少？"), "{0}加{1}等于{2}。", SUMS),
        Facts(
            ("“{0}”的反义词是什么？", "请说出“{0}”的反义词。"),
            "“{0}”的反义词是“{1}”。",
            (
                ("大", "小"),
                ("热", "冷"),
                ("高兴", "难过"),
                ("旧", "新"),
                ("上", "下"),
                ("白天", "黑夜"),
                ("硬", "软"),
                ("快", "慢"),
                ("好", "坏"),
                ("长", "短"),
            ),
        ),
        Facts(
            ("一{1}{0}有几条腿？", "请说说一{1}{0}有几条腿。"),
            "一{1}{0}有{2}条腿。",
            (
                ("小猫", "只", "四"),
                ("小鸟", "只", "两"),
                ("蜜蜂", "只", "六"),
                ("蜘蛛", "只", "八"),
                ("小马", "匹", "四"),
            ),
        ),
        Facts(
            ("{0}是什么颜色的？", "请说说{0}的颜色。"),
            "{0}是{1}的。",
            (("雪", "白色"), ("草", "绿色"), ("天空", "蓝色"), ("柠檬", "黄色"), ("煤", "黑色")),
        ),
    ),
)
ASKING: Final[dict[str, tuple[Asking, ...]]] = {
    "en": (ASK_ENGLISH,),
    "zh": (ASK_CHINESE,),
    "mixed": (ASK_ENGLISH, ASK_CHINESE),
}
