"""The Chinese grammar: its words and its plots. `zhi` and `ge` are the measure words of the animal and of the thing."""

import re
from typing import Final

from scratch_llm.data.synthetic.grammar import Grammar, Plot

_SHE = ("小红", "小丽", "小花", "小雪")
_HE = ("小明", "小刚", "小虎", "小龙")
_ANIMALS = {
    "狐狸": "只",
    "兔子": "只",
    "小猫": "只",
    "小狗": "条",
    "鸭子": "只",
    "青蛙": "只",
    "山羊": "只",
    "小马": "匹",
    "小牛": "头",
    "小猪": "头",
}
_THINGS = {
    "灯笼": "盏",
    "风筝": "只",
    "小鼓": "面",
    "皮球": "个",
    "钥匙": "把",
    "帽子": "顶",
}

_INTRODUCTION = (
    "从前，有一{zhi}{trait}的{animal}，名叫{name}。",
    "很久以前，住着一{zhi}{trait}的{animal}，大家叫{ta}{name}。",
    "{name}是一{zhi}{trait}的{animal}。",
)
_HOME = (
    "{ta}住在{place}里的一间小屋。",
    "{ta}的家在{place}里。",
    "{ta}每天都在{place}里玩。",
)
_ENDING = (
    "{friend}谢谢{ta}，他们成了好朋友。",
    "从那天起，{name}和{friend}成了最好的朋友。",
    "他们又笑又玩，一直玩到太阳下山。",
    "{name}高高兴兴地回家了。",
)

_FIND = Plot(
    deed="找到一{ge}{thing}",
    topic="thing",
    beats=(
        _INTRODUCTION,
        _HOME,
        (
            "{ta}常常出去散步。",
            "{ta}喜欢到处看看。",
        ),
        (
            "一个{sky}的{time}，{ta}在{spot}找到一{ge}{thing}。",
            "在一个{sky}的{time}，{ta}在{spot}看见一{ge}{thing}。",
        ),
        (
            "{ta}把它捡起来，笑了。",
            "{ta}从来没有见过这么好看的东西。",
            "它很旧，可是很漂亮。",
        ),
        (
            "这时，一只伤心的{friend}走过来找它。",
            "不久，{ta}遇到一只丢了{thing}的{friend}。",
        ),
        (
            "{ta}马上把它还给了{friend}。",
            "{ta}想了想，就把{thing}交给{friend}。",
        ),
        _ENDING,
    ),
)
_LOSE = Plot(
    deed="丢了一{ge}{thing}",
    topic="thing",
    beats=(
        _INTRODUCTION,
        _HOME,
        (
            "{ta}有一{ge}{thing}，走到哪里都带着。",
            "奶奶送给{ta}一{ge}{thing}。",
            "{ta}最喜欢的东西是一{ge}{thing}。",
        ),
        (
            "一个{sky}的{time}，它丢了。",
            "可是在一个{sky}的{time}，{thing}不见了。",
        ),
        (
            "{ta}到处找，急得哭了。",
            "{ta}找遍了{place}，还是没有找到。",
        ),
        (
            "一只{friend}看见{ta}，就来帮忙。",
            "一只{friend}走过来，问{ta}为什么难过。",
        ),
        (
            "他们一起在{spot}找到了它。",
            "最后，他们看见{thing}就在{spot}。",
        ),
        _ENDING,
    ),
)
_BUILD = Plot(
    deed="造一座{building}",
    topic="building",
    beats=(
        _INTRODUCTION,
        _HOME,
        (
            "一个{sky}的{time}，{ta}想造一座{building}。",
            "{ta}想在{spot}造一座{building}。",
        ),
        (
            "{ta}搬了一天的木头和石头。",
            "木头很重，活儿很累。",
        ),
        (
            "可是它一下子倒了。",
            "可是刮来一阵大风，{building}倒了。",
        ),
        (
            "一只{friend}走过来，教{ta}一个好办法。",
            "后来一只{friend}来帮忙，他们又试了一次。",
        ),
        (
            "到了晚上，它又高又结实。",
            "不久，{building}造好了，真好看。",
        ),
        _ENDING,
    ),
)
_LEARN = Plot(
    deed="学{skill}",
    topic="skill",
    beats=(
        _INTRODUCTION,
        _HOME,
        (
            "{ta}很想学{skill}。",
            "大家都会{skill}，可是{ta}不会。",
        ),
        (
            "一个{sky}的{time}，{ta}试了又试，可是太难了。",
            "在一个{sky}的{time}，{ta}自己试，摔了一跤。",
        ),
        (
            "一只{friend}说，谁也不是一天就学会的。",
            "后来{ta}遇到一只肯教{ta}的{friend}。",
        ),
        (
            "他们每天在{spot}练习。",
            "{friend}一步一步地教{ta}。",
        ),
        (
            "最后，{ta}学会了{skill}。",
            "一个星期以后，{ta}比谁都好。",
        ),
        _ENDING,
    ),
)
_SHARE = Plot(
    deed="分享一块{food}",
    topic="food",
    beats=(
        _INTRODUCTION,
        _HOME,
        (
            "一个{sky}的{time}，{ta}得到一块大{food}。",
            "在一个{sky}的{time}，{ta}做了一块{food}。",
        ),
        (
            "它很香，{ta}想一口吃完。",
            "{ta}坐在{spot}，准备吃了它。",
        ),
        (
            "这时，{ta}看见一只饿着肚子的{friend}。",
            "一只没有东西吃的{friend}看着{food}。",
        ),
        (
            "{ta}把它分成两半，给了{friend}一半。",
            "{ta}请{friend}一起吃。",
        ),
        (
            "两个一起吃，味道更好。",
            "{friend}说，这是{place}里最好吃的{food}。",
        ),
        _ENDING,
    ),
)

CHINESE: Final = Grammar(
    language="zh",
    words={
        "name": _SHE + _HE,
        "trait": ("善良", "勇敢", "聪明", "害羞", "快乐"),
        "animal": tuple(_ANIMALS),
        "friend": ("老鼠", "小鸟", "乌龟", "松鼠", "蜜蜂"),
        "place": ("森林", "花园", "山谷", "村子"),
        "spot": ("大树下", "小河边", "石头后面", "路边", "山坡上"),
        "sky": ("晴朗", "寒冷", "温暖", "安静"),
        "time": ("早晨", "下午", "傍晚"),
        "thing": tuple(_THINGS),
        "building": ("房子", "小桥", "木塔", "磨坊"),
        "skill": ("游泳", "唱歌", "跳舞", "爬树", "画画"),
        "food": ("蛋糕", "面包", "西瓜", "月饼", "饼干"),
    },
    derived={
        "ta": ("name", dict.fromkeys(_SHE, "她") | dict.fromkeys(_HE, "他")),
        "zhi": ("animal", _ANIMALS),
        "ge": ("thing", _THINGS),
    },
    plots={"find": _FIND, "lose": _LOSE, "build": _BUILD, "learn": _LEARN, "share": _SHARE},
    sentence_end=re.compile(r"(?<=[。！？])"),
    joiner="",
)
