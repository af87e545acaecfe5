"""A failure that no rule mends, put to a model; what it proposes is one small edit, judged like any other repair."""
