"""Sentences that are kept in English and shown in the reader's language.

Records (jobs, rejections, histories) and problem documents keep their words in English, the
language of the REST interface. Pages show them through the filter `spoken`, which knows the
sentences listed beside this file: `{…}` stands for what changes from case to case. A sentence that is
not listed is shown as it is.
"""

import re
from functools import lru_cache

from django.utils.translation import get_language, gettext

from platform_core.errors import PlatformError
from platform_core.sentences import pages, records, work

SENTENCES = (*work.SENTENCES, *pages.SENTENCES, *records.SENTENCES)
"""As the code writes them; tests/house holds each to its place in the code."""

_FIELD = re.compile(r"\\{(\w+)\\}")


@lru_cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple(
        (re.compile(_FIELD.sub(r"(?P<\1>.*?)", re.escape(sentence)), re.DOTALL), sentence)
        for sentence in sorted(SENTENCES, key=len, reverse=True)
        if "{" in sentence
    )


@lru_cache(maxsize=2048)
def _spoken(text: str, language: str) -> str:
    written = gettext(text)
    if written != text:
        return written
    for pattern, sentence in _patterns():
        found = pattern.fullmatch(text)
        if found:
            named = found.groupdict()
            if "reason" in named:
                named["reason"] = _spoken(named["reason"], language)
            return gettext(sentence).format(**named)
    return text


def spoken(text: object) -> str:
    """Return a kept sentence in the reader's language; unknown words stay as they are."""
    words = str(text)
    language = get_language() or ""
    if not words or language.startswith("en") or len(words) > 1000:
        return words
    return _spoken(words, language)


def refusal(error: PlatformError) -> str:
    """Return what was wrong and what to do, as one text for a form or a notice."""
    detail, remedy = spoken(error.detail), spoken(error.remedy)
    return f"{detail}{'' if detail.endswith('。') else ' '}{remedy}".strip()
