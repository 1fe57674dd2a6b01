"""Pages of the fraud application."""

from django.urls import path

from apps.fraud.views import (
    backtests,
    board,
    case,
    cases,
    changes,
    decisions,
    lists,
    models,
    overview,
    policy,
    rules,
    samples,
    train,
    try_it,
)
from platform_core.web.api import version_routes

app_name = "fraud"
_RULE = "rules/<str:name>/<str:risk_rule_id>"
_CASE = "cases/<str:case_id>"
urlpatterns = [
    path("", overview.Overview.as_view(), name="overview"),
    path("live/<str:name>/", board.Live.as_view(), name="live"),
    path("train/", train.Train.as_view(), name="train"),
    path("train/columns/", train.Columns.as_view(), name="columns"),
    path("train/<str:name>/", train.Training.as_view(), name="training"),
    path("models/", models.Models.as_view(), name="models"),
    *version_routes(models.DOORS),
    path("decisions/", decisions.Decisions.as_view(), name="decisions"),
    path("decisions/<str:decision_id>/", decisions.Detail.as_view(), name="decision"),
    path("decisions/<str:decision_id>/replay/", decisions.Replay.as_view(), name="replay"),
    path("try/", try_it.TryIt.as_view(), name="try"),
    path("rules/", rules.Rules.as_view(), name="rules"),
    path("rules/<str:name>/", rules.New.as_view(), name="rule-new"),
    path("rules/<str:name>/check/", rules.Check.as_view(), name="rule-check"),
    path(f"{_RULE}/", rules.Detail.as_view(), name="rule"),
    path(f"{_RULE}/mode/", rules.Mode.as_view(), name="rule-mode"),
    path(f"{_RULE}/delete/", rules.Delete.as_view(), name="rule-delete"),
    path("back-tests/<str:name>/", backtests.New.as_view(), name="backtest-new"),
    path("back-tests/<str:name>/<str:backtest_id>/", backtests.Detail.as_view(), name="backtest"),
    path("changes/<str:name>/<str:change_id>/", changes.Approve.as_view(), name="change-approve"),
    path(
        "changes/<str:name>/<str:change_id>/decline/",
        changes.Decline.as_view(),
        name="change-decline",
    ),
    path("lists/", lists.Lists.as_view(), name="lists"),
    path("lists/<str:name>/expired/", lists.RemoveExpired.as_view(), name="list-expired"),
    path("lists/<str:name>/<str:entry_id>/", lists.Remove.as_view(), name="list-remove"),
    path("policy/", policy.Policy.as_view(), name="policy"),
    path("policy/<str:name>/", policy.Preview.as_view(), name="policy-preview"),
    path("policy/<str:name>/<int:number>/", policy.Activate.as_view(), name="policy-activate"),
    path("cases/", cases.Cases.as_view(), name="cases"),
    path("cases/close/", cases.CloseMany.as_view(), name="cases-close"),
    path(f"{_CASE}/", case.Detail.as_view(), name="case"),
    path(f"{_CASE}/assign/", case.Take.as_view(), name="case-assign"),
    path(f"{_CASE}/notes/", case.Note.as_view(), name="case-note"),
    path(f"{_CASE}/files/", case.Attach.as_view(), name="case-attach"),
    path(f"{_CASE}/files/<str:attachment_id>/", case.Attachment.as_view(), name="case-file"),
    path(f"{_CASE}/close/", case.Close.as_view(), name="case-close"),
    path(f"{_CASE}/confirm/", case.Confirm.as_view(), name="case-confirm"),
    path(f"{_CASE}/reveal/", case.Reveal.as_view(), name="case-reveal"),
    path(f"{_CASE}/report/", case.Report.as_view(), name="case-report"),
    path("api/", samples.Api.as_view(), name="api"),
]
