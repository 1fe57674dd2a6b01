"""Kept English sentences are shown in the reader's language."""

from django.utils.translation import override

from platform_core.datasets.api import DatasetNotFoundError, FileRejectedError
from platform_core.sentences import refusal, spoken


def test_a_fixed_sentence_is_shown_in_chinese():
    with override("zh-hans"):
        assert spoken("Reading the data") == "正在读取数据"


def test_what_changes_from_case_to_case_is_kept():
    with override("zh-hans"):
        assert spoken("Iteration 3 of 15") == "第 3 次迭代，共 15 次"
        words = spoken("There is no data set “films {x} %s” in your organisation.")
    assert words == "你的组织没有数据集“films {x} %s”。"


def test_the_longest_sentence_that_fits_is_taken():
    with override("zh-hans"):
        assert spoken("Endpoint “films” has no version 'x'.") == "端点“films”没有版本 'x'。"


def test_unknown_words_and_english_readers_get_them_as_they_are():
    with override("zh-hans"):
        assert spoken("Something nobody listed.") == "Something nobody listed."
        assert spoken("") == ""
    with override("en"):
        assert spoken("Reading the data") == "Reading the data"


def test_a_refusal_is_one_text():
    error = DatasetNotFoundError(
        "There is no data set “a” in your organisation.", remedy="Mend it."
    )
    with override("zh-hans"):
        assert refusal(error) == "你的组织没有数据集“a”。Mend it."
    with override("en"):
        assert refusal(error) == "There is no data set “a” in your organisation. Mend it."


def test_a_refusal_inside_a_sentence_is_shown_in_chinese_too():
    error = FileRejectedError("The file is empty.", file="a, b.csv", line=3, column=2)
    with override("zh-hans"):
        assert spoken(error.detail) == "a, b.csv 第 3 行、列 2：文件是空的。"
