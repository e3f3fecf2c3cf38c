"""Many agreements as files: a company's contracts about many models, some of them measured.

Everything is computed from numbers, so that every run gets the same bytes. No clause keeps a
measured request from its usual way: what is measured is what reading past them costs.
Example: `agreement_files(agreements=200, clauses=5_000, models=names)[0]` is a name and bytes.
"""

from collections.abc import Sequence
from typing import Final

OTHERS: Final = tuple(f"elsewhere-{number}" for number in range(40))
"""Publishers of models that nobody here has configured, whom most contracts are about."""
GLOBAL_EVERY: Final = 10
"""One clause in so many speaks of every model, for some callers."""


def agreement_files(
    *, agreements: int, clauses: int, models: Sequence[str]
) -> tuple[tuple[str, bytes], ...]:
    """That many files with that many clauses in all; `models` are canonical names."""
    each, rest = divmod(clauses, agreements)
    files: list[tuple[str, bytes]] = []
    number = 0
    for index in range(agreements):
        count = each + (index < rest)
        text = [
            f'id = "agreement-{index:03d}"\ntitle = "Contract {index}"\n'
            "from = 2020-01-01\nrecorded_at = 2020-01-01\n"
        ]
        text += [_clause(number + place, models) for place in range(count)]
        number += count
        files.append((f"agreement-{index:03d}.toml", "\n".join(text).encode()))
    return tuple(files)


def _clause(number: int, models: Sequence[str]) -> str:
    """One clause: about one of `models`, about somebody else's, or about all for some callers."""
    if number % GLOBAL_EVERY == 0:
        about = f'labels = {{ tenant = "t{number % 97}" }}'
    elif number % 2:
        about = f'model = "{models[number // 2 % len(models)]}"'
    else:
        about = f'publisher = "{OTHERS[number % len(OTHERS)]}"'
    kind = _KINDS[number % len(_KINDS)]
    return f'[[clause]]\nid = "c{number}"\nscope = {{ {about} }}\n{kind}\nquote = "as agreed"\n'


_KINDS: Final = (
    'type = "grant"',
    'type = "listing"',
    'type = "forbid"\nuntil = 2021-01-01',
    'type = "hold"\nleader = "host:openai"\nfollower = "host:amazon"\nlag_days = 7',
    'type = "exclusive"\nholder = ["host:openai", "host:microsoft", "host:amazon"]',
    'type = "prefer"\norder = ["host:openai", "host:microsoft", "host:amazon"]',
    'type = "covenant"\nparty = "openai"\ntext = "keeps its word"',
)
"""As many kinds as no other number here divides, so that every subject meets every kind."""
