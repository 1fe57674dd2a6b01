"""The 14 features that the handbook data gives, as our definition."""

from ml.fraud.features.spec import FeatureSet

DAY = 86_400


def reference_features() -> FeatureSet:
    """Return the set whose features have the reference's names and order."""
    features: list[dict[str, object]] = [
        {"name": "TX_DURING_WEEKEND", "kind": "weekend"},
        {"name": "TX_DURING_NIGHT", "kind": "night"},
    ]
    for days in (1, 7, 30):
        window = {"entity": ["CUSTOMER_ID"], "window_s": days * DAY}
        count, mean = (
            f"CUSTOMER_ID_NB_TX_{days}DAY_WINDOW",
            f"CUSTOMER_ID_AVG_AMOUNT_{days}DAY_WINDOW",
        )
        features.append({"name": count, "kind": "count", **window})
        features.append({"name": mean, "kind": "mean", "column": "TX_AMOUNT", **window})
    for days in (1, 7, 30):
        window = {"entity": ["TERMINAL_ID"], "window_s": days * DAY}
        count, risk = f"TERMINAL_ID_NB_TX_{days}DAY_WINDOW", f"TERMINAL_ID_RISK_{days}DAY_WINDOW"
        features.append({"name": count, "kind": "delayed_count", **window})
        features.append({"name": risk, "kind": "delayed_share", **window})
    return FeatureSet.from_spec(
        {
            "event_id": "TRANSACTION_ID",
            "time": "TX_DATETIME",
            "label": "TX_FRAUD",
            "label_delay_s": 7 * DAY,
            "features": features,
        }
    )
