"""REST routes of the fraud application, under /api/v1/fraud/."""

from django.urls import path

from apps.fraud.rest import batches, cases, detectors, policy, rules, scoring

_ONE = "detectors/<str:name>"
_RULE = f"{_ONE}/rules/<str:risk_rule_id>"
_CASE = "cases/<str:case_id>"
urlpatterns = [
    path("detectors/", detectors.Collection.as_view(), name="detectors"),
    path(f"{_ONE}/", detectors.Detail.as_view(), name="detector"),
    path(f"{_ONE}/retrain/", detectors.Retrain.as_view(), name="detector-retrain"),
    path(f"{_ONE}/score", scoring.Score.as_view(), name="fraud-score"),
    path(f"{_ONE}/score:batch", batches.Collection.as_view(), name="fraud-batches"),
    path(f"{_ONE}/scores/<str:batch_id>/", batches.Detail.as_view(), name="fraud-batch"),
    path(
        f"{_ONE}/scores/<str:batch_id>/download",
        batches.Download.as_view(),
        name="fraud-batch-download",
    ),
    path(f"{_ONE}/labels", scoring.Labels.as_view(), name="fraud-labels"),
    path(f"{_ONE}/decisions/", scoring.Decisions.as_view(), name="fraud-decisions"),
    path("decisions/<str:decision_id>/", scoring.Decision.as_view(), name="fraud-decision"),
    path(
        "decisions/<str:decision_id>/replay", scoring.Replay.as_view(), name="fraud-decision-replay"
    ),
    path(f"{_ONE}/rules/", rules.Collection.as_view(), name="fraud-rules"),
    path(f"{_ONE}/rules:check", rules.Check.as_view(), name="fraud-rule-check"),
    path(f"{_RULE}/", rules.Detail.as_view(), name="fraud-rule"),
    path(f"{_RULE}/versions/", rules.Versions.as_view(), name="fraud-rule-versions"),
    path(f"{_RULE}/mode", rules.Mode.as_view(), name="fraud-rule-mode"),
    path(f"{_RULE}/tests/", rules.Tests.as_view(), name="fraud-rule-tests"),
    path(f"{_RULE}/tests/<str:test_id>/", rules.Test.as_view(), name="fraud-rule-test"),
    path(f"{_ONE}/rule-sets/", rules.RuleSets.as_view(), name="fraud-rule-sets"),
    path(f"{_ONE}/backtests/", policy.BackTests.as_view(), name="fraud-backtests"),
    path(
        f"{_ONE}/backtests/<str:backtest_id>/",
        policy.BackTestDetail.as_view(),
        name="fraud-backtest",
    ),
    path(f"{_ONE}/lists/", policy.Entries.as_view(), name="fraud-lists"),
    path(f"{_ONE}/lists/<str:entry_id>/", policy.Entry.as_view(), name="fraud-list-entry"),
    path(f"{_ONE}/policies/", policy.Policies.as_view(), name="fraud-policies"),
    path(
        f"{_ONE}/policies/<int:number>/activate",
        policy.Activate.as_view(),
        name="fraud-policy-activate",
    ),
    path(f"{_ONE}/changes/", policy.Changes.as_view(), name="fraud-changes"),
    path(f"{_ONE}/changes/<str:change_id>/approve", policy.Approve.as_view(), name="fraud-approve"),
    path(f"{_ONE}/changes/<str:change_id>/decline", policy.Decline.as_view(), name="fraud-decline"),
    path("work-rule", policy.Work.as_view(), name="fraud-work-rule"),
    path("cases/", cases.Collection.as_view(), name="fraud-cases"),
    path("cases:queue", cases.Queue.as_view(), name="fraud-queue"),
    path("cases:close", cases.CloseMany.as_view(), name="fraud-close-many"),
    path(f"{_CASE}/", cases.Detail.as_view(), name="fraud-case"),
    path(
        f"{_CASE}/attachments/<str:attachment_id>/",
        cases.Attachment.as_view(),
        name="fraud-case-attachment",
    ),
    *(
        path(f"{_CASE}/{verb}", view.as_view(), name=f"fraud-case-{verb}")
        for verb, view in cases.routes().items()
    ),
]
