from platform_core.errors import InvalidInputError


def test_an_error_carries_detail_remedy_and_place():
    error = InvalidInputError("k must be 1 to 1000.", remedy="Ask for fewer.", field="k")
    assert (error.detail, error.remedy, error.extra) == (
        "k must be 1 to 1000.",
        "Ask for fewer.",
        {"field": "k"},
    )
