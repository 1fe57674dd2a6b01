import pytest

from platform_core.jobs.log import LineCutter
from platform_core.jobs.redaction import redact


def test_lines_are_cut_wherever_the_chunks_end() -> None:
    cutter = LineCutter()
    assert cutter.feed(b"one\ntw") == ["one"]
    assert cutter.feed(b"o\r\nthree\rfour") == ["two", "three"]
    assert cutter.rest() == ["four"]


def test_a_long_line_is_bounded_also_over_many_chunks() -> None:
    cutter = LineCutter(limit=10)
    for _ in range(1000):
        assert cutter.feed(b"x" * 100) == []
    assert cutter.feed(b"tail\nnext\n") == ["xxxxxxxxxx …", "next"]


def test_what_cannot_be_shown_is_left_out() -> None:
    assert LineCutter().feed("a\x00b\x1b[31mé\t\udcff\n".encode(errors="surrogatepass")) != []
    assert LineCutter().feed(b"a\x00b\xff\n") == ["ab\ufffd"]


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("key pq_0123456789abcdefABCDEF used", "pq_0123456789abcdefABCDEF"),
        ("Authorization: Bearer abcdefghijklmnop", "abcdefghijklmnop"),
        ("postgres://me:hunter2@db/x", "hunter2"),
        ("password=hunter2 next", "hunter2"),
        ("the word sesame-open is known", "sesame-open"),
    ],
)
def test_secrets_are_masked(line: str, secret: str) -> None:
    assert secret not in redact(line, ["sesame-open"])


def test_ordinary_lines_stay() -> None:
    line = "epoch 3/20 loss=0.123 https://example.org/a:b"
    assert redact(line, []) == line
