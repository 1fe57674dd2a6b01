"""The Chinese texts are whole: compiled as written, nothing missing, placeholders as in English."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest
from django.contrib import admin
from django.utils.functional import Promise
from django.utils.translation import override

from platform_core.console import naming
from platform_core.sentences import SENTENCES

ROOT = Path(__file__).parents[2]
MESSAGES = ROOT / "templates" / "locale" / "zh_Hans" / "LC_MESSAGES"
SOURCES = ("platform_core", "apps", "templates")

PERCENT = re.compile(r"%\(\w+\)[a-z]|%[sd](?![a-zA-Z])|%%")
BRACE = re.compile(r"\{\w*\}")
TAG = re.compile(r"</?[a-z]+>")
LOOSE = re.compile(r"\s[，。；：！？]|[})\d]\s%(?![(sdn])")
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:!?()]|[,;:!?(][\u4e00-\u9fff]")

ASSEMBLED = {"{file}, line {line}, column {column}: {reason}", "{file}, line {line}: {reason}"}
"""Joined from parts by FileRejectedError; tests/platform_core/test_sentences.py has one whole."""


@pytest.fixture(scope="module")
def written() -> polib.POFile:
    return polib.pofile(str(MESSAGES / "django.po"))


def texts(entry):
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def key(entry):
    return entry.msgctxt, entry.msgid


def test_what_is_compiled_is_what_is_written(written):
    compiled = polib.mofile(str(MESSAGES / "django.mo"))
    assert {key(e): texts(e) for e in compiled} == {key(e): texts(e) for e in written}


def test_every_text_is_translated(written):
    assert not [e.msgid for e in written if e.fuzzy or not all(texts(e))]
    assert not list(written.obsolete_entries())


def test_placeholders_and_tags_are_those_of_the_english(written):
    wrong = [
        (entry.msgid, chinese)
        for entry in written
        for chinese in texts(entry)
        for form in (PERCENT, BRACE, TAG)
        if sorted(form.findall(entry.msgid_plural or entry.msgid)) != sorted(form.findall(chinese))
    ]
    assert not wrong


def test_chinese_is_set_with_full_width_punctuation(written):
    texts_of = [(e.msgid, text) for e in written for text in texts(e)]
    assert not [pair for pair in texts_of if HALF_WIDTH.search(TAG.sub("", pair[1]))]
    assert not [pair for pair in texts_of if LOOSE.search(pair[1])]


def test_every_marked_text_is_in_the_file(written, tmp_path):
    if shutil.which("xgettext") is None:
        pytest.skip("xgettext is not installed, so marked texts cannot be gathered")
    unmarked = shutil.ignore_patterns("static", "locale", "migrations", "__pycache__")
    for name in SOURCES:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=unmarked)
    (tmp_path / "locale").mkdir()
    subprocess.run(
        [sys.executable, "-m", "django", "makemessages", "--locale=zh_Hans", "--no-location"],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
        check=True,
        capture_output=True,
    )
    found = polib.pofile(str(next((tmp_path / "locale").rglob("django.po"))))
    marked = {key(entry) for entry in found}
    held = {key(entry) for entry in written}
    assert marked - held == set(), "run makemessages and write their Chinese"
    assert held - marked == set(), "run makemessages --no-obsolete"


def test_every_kept_sentence_is_said_somewhere_in_the_code():
    said = set()
    for part in ("platform_core", "apps", "ml"):
        for path in (ROOT / part).rglob("*.py"):
            if "sentences" not in path.parts:
                said |= literals(path)
    code = "\0".join(said)
    lost = [
        sentence
        for sentence in SENTENCES
        if sentence not in ASSEMBLED
        and any(piece not in code for piece in re.split(r"\{\w+\}", sentence))
    ]
    assert not lost


def literals(path):
    return {
        node.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_name_in_the_console_has_its_chinese():
    with override("zh-hans"):
        names = [
            (model._meta.label, name)
            for model in admin.site._registry
            if model._meta.label.split(".")[0] in {"jobs", "registry", "serving", "vault", "audit"}
            for name in (
                model._meta.verbose_name,
                model._meta.verbose_name_plural,
                *(field.verbose_name for field in model._meta.fields),
            )
            if isinstance(name, Promise) and not re.search(r"[\u4e00-\u9fff]|^ID$|^UID$", str(name))
        ]
    assert not names
    assert len(naming.NAMES) > 100
