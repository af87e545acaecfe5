"""A chat template gave tokens; it gives a dict of them now.

AttributeError: AttributeError
"""

from tiny import model, tokenizer

encode = tokenizer()
encode.chat_template = "{% for m in messages %}{{ m['content'] }}{% endfor %}"
ids = encode.apply_chat_template([{"role": "user", "content": "one two"}], return_tensors="pt")
model().generate(ids, max_new_tokens=2)
