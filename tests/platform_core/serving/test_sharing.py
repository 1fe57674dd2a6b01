"""What endpoints ask of the runtime's memory is divided fairly."""

from hypothesis import given
from hypothesis import strategies as st

from platform_core.serving.runtime.sharing import Asked, shares, whole

wishes = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 1000)), max_size=12).map(
    lambda rows: [Asked(who, str(n), size) for n, (who, size) in enumerate(rows)]
)


@given(wishes, st.integers(0, 2000))
def test_grants_never_exceed_the_whole_nor_an_organisations_share(asked, total):
    granted = shares(asked, total)
    owner = {one.key: one.organisation_id for one in asked}
    share = total // max(len(set(owner.values())), 1)
    for organisation in set(owner.values()):
        assert sum(size for key, size in granted.items() if owner[key] == organisation) <= share
    assert all(granted[one.key] <= one.size_bytes for one in asked if one.size_bytes)


def test_who_asks_little_gets_it_however_much_others_ask():
    asked = [Asked("a", "1", 10), *(Asked("b", f"b{n}", 10**9) for n in range(100))]
    assert shares(asked, 1000)["1"] == 10
    assert sum(shares(asked, 1000).values()) <= 510


@given(wishes, st.integers(0, 2000))
def test_pins_are_granted_whole_within_the_share(asked, total):
    granted = set(whole(asked, total))
    share = total // max(len({one.organisation_id for one in asked}), 1)
    for organisation in {one.organisation_id for one in asked}:
        held = [one for one in asked if one.organisation_id == organisation and one.key in granted]
        assert sum(one.size_bytes for one in held) <= share
