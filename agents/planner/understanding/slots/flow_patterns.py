"""The sentence patterns that say what goes in and what comes out, most telling first.

Each names what it finds with the groups `input` and `output`. The phrases are short: they end at punctuation and at
words that begin another thought. All are matched against the folded, lower-case text.
"""

from __future__ import annotations

import re

_OTHER_THOUGHT = (
    r"(?!\b(?:and then|and (?:it|i|we|must|should|runs?|run|deploy|serve|has|have|needs?|no)\b|which|that|so that|because|but|using|with an?\b"
    r"|with (?:our|my)|for my|for our|for the|running|on an?\b|on (?:my|our)|within|under|trained|based on|without|before|after|when|while|where|if"
    r"|at (?:least|most)|in (?:under|less|about|real time|the style|her|his|my|our)|per (?:second|minute|day)|instead|please|(?:with|by|on|using) [a-z0-9.\-]*(?:bert|llama|qwen|gpt|mistral|gemma|phi|lora)|p\d\d|latency|[a-z]+ (?:can|could|will|would|may)(?= [a-z]))\b)"
)
_PHRASE = rf"(?:{_OTHER_THOUGHT}(?:[^,;:.!?\n>()。]|\([^()\n]{{1,24}}\)))"
_HAN = r"[^,;:.!?\n>()。]"
_TO = r"(?:in)?to"
_TURNS = (
    r"(?:turn|convert|transform|rewrite|rephrase|translate|summari[sz]e|condense|map|parse|boil(?: down)?|transcribe|simplify|shorten|expand"
    r"|reformat|transliterate|moderni[sz]e|paraphrase)"
)
_S = r"(?:s|es|d|ed|ing)?"
_READS = r"(?:takes?|taking|given|giving it|reads?|reading|gets?|receives?|receiving|accepts?|looks? at|sees?|listens? to|scans?|i (?:paste|type|give it|feed it)|you (?:paste|type|give it|feed it))"
_RETURNS = (
    r"(?:returns?|returning|produces?|producing|predicts?|predicting|outputs?|gives?(?: back| me| us)?|generates?|generating|spits? out|writes?|writing"
    r"|answers? with|replies with|responds? with|emits?|suggests?|suggesting|drafts?|proposes?|recommends?|tells? (?:me|us|you)|says?|flags?|lists?"
    r"|extracts?|assigns?|picks?|fills?(?: in)?|explains?|creates?|proposes|prints?|comes? back with|points? out|highlights?|decides?|marks?)"
)
_SORTS = r"(?:classif(?:y|ies|ying)|categori[sz](?:e|es|ing)|sort(?:s|ing)?|label(?:s|l?ing)?|tag(?:s|ging)?|rout(?:e|es|ing)|group(?:s|ing)?|bucket(?:s|ing)?|assign(?:s|ing)?|triag(?:e|es|ing)|rat(?:e|es|ing)|mark(?:s|ing)?)"
_WRITES = r"(?:writ(?:e|es|ing)|generat(?:e|es|ing)|draft(?:s|ing)?|produc(?:e|es|ing)|compos(?:e|es|ing)|creat(?:e|es|ing)|suggest(?:s|ing)?|predict(?:s|ing)?)"
_FINDS = r"(?:flag(?:s|ging)?|detect(?:s|ing)?|spot(?:s|ting)?|find(?:s|ing)?|recogni[sz](?:e|es|ing)|identif(?:y|ies|ying)|catch(?:es|ing)?|highlight(?:s|ing)?)"
_CODES = r"(?:sql|json|code|latex|markdown|html|xml|yaml|csv|regex|bash|python|cypher|sparql|speech|text|ipa|braille|gloss|emoji)s?(?: quer(?:y|ies))?"
_FOR_WHAT = r"(?=[,;:.!?\n()。]|$| (?:model|bot|classifier|system|tool|assistant|service|engine|generator)s?\b| (?:for|from|in|by|and|at|to|so|with|every|each)\b)"

_LABEL = r"[a-z][a-z\-]{0,20}(?: (?!or\b|and\b)[a-z\-]{1,12})?"
_TEXTS = (
    r"(?:posts?|comments?|messages?|e?-?mails?|tickets?|reviews?|tweets?|letters?|articles?|transcripts?|reports?|complaints?|headlines?|questions?|queries|contracts?"
    r"|documents?|logs?|chats?|calls?|essays?|papers?|abstracts?|notes?|resumes?|cvs?|invoices?|descriptions?|feedback|requests?|sms|texts?|stories|news|claims?|records?)"
)
_NOT_A_TEXT = r"(?!(?:an?|the|text|good|small|tiny|our|my|to|for|of|data|token|code|simple|fast|llm|model|new|random|password|test|best)\b)"

_ENGLISH = (
    rf"\b{_SORTS}\s+(?P<input>{_PHRASE}{{2,40}}?)\s+(?:as|{_TO}|by|with)\s+(?P<output>{_LABEL}(?:, (?:and |or )?{_LABEL}){{1,9}}(?: (?:and|or) {_LABEL})?)",
    rf"\b{_TURNS}{_S}\s+(?:an? )?(?P<input>{_PHRASE}{{2,50}}?)\s+{_TO}\s+(?P<output>{_PHRASE}{{2,50}})",
    rf"\b(?:translat|convert|transform|transliterat|rewrit)\w*\s+(?:from|of)\s+(?P<input>{_PHRASE}{{2,40}}?)\s+{_TO}\s+(?P<output>{_PHRASE}{{2,40}})",
    rf"\b(?:go|goes|going|get|gets) from\s+(?P<input>[a-z]{_PHRASE}{{2,40}}?)\s+to\s+(?P<output>{_PHRASE}{{2,40}})",
    rf"\b(?:extract|pull|mine|scrape|lift|harvest)(?:s|ing)?\s+(?P<output>{_PHRASE}{{2,50}}?)\s+(?:out of|from|in)\s+(?P<input>{_PHRASE}{{2,50}})",
    rf"\b{_READS}\s+(?P<input>{_PHRASE}{{2,50}}?),?\s+(?:and\s+|then\s+|it\s+|should\s+|must\s+|can\s+|the model\s+|to\s+)*{_RETURNS}\s+(?P<output>{_PHRASE}{{2,50}})",
    rf"(?:^|[:;.,])\s*(?P<input>{_PHRASE}{{2,40}}?) (?:goes |go )?in(?:,| and) (?P<output>{_PHRASE}{{2,40}}?) (?:comes? )?out\b",
    rf"\b(?:text |data )?(?:inputs?|in)\s*(?::|=|\bis\b|\bare\b|是)\s*(?P<input>{_PHRASE}{{2,60}})",
    rf"\b(?:outputs?|out)\s*(?::|=|\b(?:is|are|should be|must be|has to be|will be|as)\b|是)\s*(?P<output>{_PHRASE}{{2,60}})",
    r"(?:^|[\s:,])(?P<input>[a-z][a-z0-9 \-]{2,30}?)\s?[-=]{0,2}>\s?(?P<output>[a-z][a-z0-9 \-]{2,30})(?=[,.;\n]|$)",
    rf"(?:^|[.;\n])\s*(?P<input>[a-z]{_PHRASE}{{2,40}}?)\s+(?:should|must|shall|will|to) become\s+(?P<output>{_PHRASE}{{2,40}})",
    rf"\b{_SORTS}\s+(?P<input>{_PHRASE}{{2,40}}?)\s+(?:as|{_TO}|by|with)\s+(?P<output>{_PHRASE}{{2,50}})",
    rf"\b{_FINDS}\s+(?P<output>{_PHRASE}{{2,40}}?)\s+(?:in|inside|among|within)\s+(?P<input>[a-z]{_PHRASE}{{2,40}})",
    rf"\b(?:{_SORTS}|{_FINDS})\s+(?:the |our |my |incoming |all )*(?P<input>(?:[a-z'\-]+ ){{0,3}}?{_TEXTS})\b",
    rf"\b{_WRITES}\s+(?P<output>{_PHRASE}{{2,40}}?)\s+(?:from|out of|given|based on|for each|for every)\s+(?P<input>{_PHRASE}{{2,40}})",
    rf"\b(?:predict(?:s|ing)?|tell(?:s|ing)?(?: me| us)?|decid(?:e|es|ing)|judg(?:e|es|ing)|check(?:s|ing)?) (?:whether|if)\s+(?:an? |the )?(?P<input>[a-z]+(?: [a-z]+)?)"
    rf" (?:is|are|was|were|will|contains?|has|needs?|belongs?)\s+(?P<output>{_PHRASE}{{2,40}})",
    rf"\b(?P<input>(?:natural language|plain english|english|[a-z]{{3,14}})(?: questions?| requests?)?)(?:-to-| to |2)(?P<output>{_CODES})\b(?! the)",
    r"\b(?P<input>[a-z]{4,14})(?:-| )to(?:-| )(?P<output>[a-z]{4,14}) (?:machine )?(?:translation|translator|dictionary)",
    rf"\b{_NOT_A_TEXT}(?P<input>[a-z]+(?: [a-z]+)?) summari[sz](?:er|ation|ing)\b",
    rf"\b(?:summari[sz]er|summari[sz]ation|summaries|summary|summarization model) (?:for|of) (?P<input>{_PHRASE}{{2,40}}?){_FOR_WHAT}",
    rf"\bsummari[sz](?:e|es|ing) (?P<input>{_PHRASE}{{2,40}}?){_FOR_WHAT}",
    rf"\b(?:write|draft|compose)(?:s|ing)?\s+(?!code|it\b|me\b|one\b)(?P<output>{_PHRASE}{{2,30}}?) (?:for|about) (?!me\b|us\b|free)",
    rf"\b{_NOT_A_TEXT}(?P<output>[a-z]+(?: {_NOT_A_TEXT}[a-z]+)?) generator\b",
    rf"\bpredict(?:s|ing)? (?!whether|if|the next|next)(?P<output>{_PHRASE}{{2,36}}?)(?=[,;.\n]|$| (?:from|of|for|with|in)\b)",
    rf"\b(?:answers?|answering|handles?|replies? to|replying to|responds? to|responding to|triages?|grades?|grading|scores?|scoring|corrects?|proofreads?|moderates?|moderating)"
    rf"\s+(?P<input>(?:{_PHRASE}{{0,24}} )?(?:questions?|e?-?mails?|messages?|tickets?|letters?|inquir(?:y|ies)|enquir(?:y|ies)|complaints?|reviews?|comments?|posts?"
    rf"|essays?|requests?|queries|calls?)(?: (?:about|on|from|regarding) {_PHRASE}{{2,32}}?)?){_FOR_WHAT}",
)

_INTO = r"(?:[变转换改翻译写编整总概分归压提缩扩浓拆标映解结润转做抽]{1,3}[理结换写译类纳括缩炼化述色析注构取分析射码]{0,2}(?:成为?|为|到|作)|归到|分到|翻到|生成)"
_ABOUT = r"(?:里面|里头|当中|之中|里|中)?(?:的内容)?"
_OF = r"(?:的)?"
_AMOUNT = r"(?:一?[份篇段首个条封些句张则]|出(?![院口租差境版海]))?"
_MAKES = r"(?:生成|撰写|编写|写出(?![院口租差境版海])|写|输出|起草|草拟|拟|预测|推荐|给出|回答|回复|产出|判断|补全|续写|创作)"
_MADE = rf"(?P<output>{_HAN}{{2,16}}?)"
_MADE_END = r"(?=的(?:小|大|语言|生成|专用|轻量)*(?:模型|助手|机器人|工具|系统|ai|东西|服务|程序)|[,;:.!?\n()。]|$)"

_CHINESE = (
    rf"(?:把|将)(?P<input>{_HAN}{{2,24}}?)(?:自动|直接|给|都|统一)?{_INTO}(?P<output>{_HAN}{{1,24}})",
    rf"(?:^|[,;。\n])(?P<input>[\u4e00-\u9fff]{{2,14}}?)(?:自动)?(?:总结|转|改写|翻译|归类|变|分|整理|概括|改|归|分类|归纳|翻|标注)(?:成|为|到)\s?(?P<output>{_HAN}{{1,20}})",
    rf"(?:从|由)(?P<input>{_HAN}{{2,20}}?){_ABOUT}(?:自动)?(?:抽取|提取|抽出|提炼|摘出|识别出?|找出|挖掘|检测出?|抽)(?P<output>{_HAN}{{2,24}})",
    rf"(?:根据|给定|按照|依据|依照|参照|结合|基于(?!\s?[a-z])|看着?|读完?|听)(?P<input>{_HAN}{{2,20}}?)(?:之后|以后|后)?(?:自动|就能|能|要|来|去)*{_MAKES}{_AMOUNT}(?P<output>{_HAN}{{2,24}})",
    r"(?<!/)输入(?!法|框|层|长度|到|输出|/|】|的(?!是)|,)(?:的是|是|为|一[段条句个篇]|:)*\s*(?P<input>[^,;.!?\n>()。]{2,30}?)(?=$|[,;。\n]|输出|就?能?返回)",
    r"(?:输出|返回)(?:的是|是|为|一[段条句个篇]|成|:)*\s*(?P<output>(?!的|到|接口|长度|速度|时间|在|】|\]|[:])[^,;.!?\n>()。]{2,30})",
    rf"(?P<input>{_HAN}{{2,16}}?)[作做当为]?为?输入[,\s]",
    r"(?:^|[\s,:。;])(?P<input>[\u4e00-\u9fff\w ]{2,16}?)\s?[-=]{0,2}>\s?(?P<output>[\u4e00-\u9fff][\u4e00-\u9fff\w ]{1,16})(?=[,;。\n]|$)",
    rf"(?:判断|识别|检测|预测|区分)(?P<input>{_HAN}{{2,14}}?)(?P<output>(?:是不是|是否|有没有|会不会|属于){_HAN}{{1,16}})",
    rf"(?:识别|检测|找出|标出|发现)(?P<input>{_HAN}{{2,14}}?)(?:里面|里|中)的?(?P<output>{_HAN}{{2,14}})",
    rf"(?:给|为|帮|对(?!话|应|齐|比|象|于|标|外|照|的|着|一))(?P<input>{_HAN}{{2,14}}?)(?:做|自动|进行|打上?){{0,2}}(?:打标签?|标签|分类|归类|分级|评分|打分|批改|摘要|总结|润色|纠错|翻译|定级)",
    rf"给(?P<input>{_HAN}{{2,10}}?)(?:自动)?(?:起|拟|配|写|出|取)(?P<output>标题|文案|题目|评语|简介|回复|批注|封面语)",
    rf"(?:筛选?|审阅|审查|评审|分拣|回复|答复|回答|解答|处理|总结|概括|批改|审核|润色)(?!成|为|一下|的|时|率|速度|要|得|里|准|质量|长度)(?P<input>{_HAN}{{2,16}}?){_MADE_END}",
    rf"(?<![一来收找返撤召驳挽取下])回(?P<input>{_HAN}{{0,14}}?(?:邮件|消息|短信|私信|评论|询盘|咨询|留言))",
    r"(?P<input>[中英日韩德法俄西泰越葡藏蒙维])[译翻到转](?P<output>[中英日韩德法俄西泰越葡藏蒙维])",
    r"(?:一个|个|做|训练|训|搞|的|^|[,:。\s])(?P<output>(?!文本|文案自动|自动|一个|个)[\u4e00-\u9fff]{2,8})生成(?:器|模型|助手|工具|(?=[,。\s]|$))",
    rf"(?:自动|专门|用来|能够?|会|可以|负责|一?个|帮{_HAN}{{1,6}}?|给{_HAN}{{1,6}}?)(?:自动)?(?:生成|撰写|编写|写出(?![院口租差境版海])|写|起草|草拟){_AMOUNT}{_MADE}{_MADE_END}",
)

PATTERNS = tuple(re.compile(pattern, re.MULTILINE) for pattern in (*_ENGLISH, *_CHINESE))
