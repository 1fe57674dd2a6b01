"""The methods and outcomes in words."""

from django.utils.translation import gettext_lazy as _

METHOD_WORDS = {
    "graph": _("Simplified graph"),
    "fp16": _("Half precision (FP16)"),
    "bf16": _("Half precision (BF16)"),
    "int8_dynamic": _("8-bit integers, ranges as they come"),
    "int8_static": _("8-bit integers, calibrated"),
    "int8_per_channel": _("8-bit integers, calibrated per channel"),
    "prune": _("Pruned by half and fine-tuned"),
    "distil": _("Small student network"),
    "fewer_trees": _("Half of the trees"),
    "table_fp16": _("Tables in half precision"),
    "table_int8": _("Tables in 8-bit integers"),
    "table_low_rank": _("Tables of low rank"),
    "table_pq": _("Tables as product codes"),
}

STATE_WORDS = {
    "keep": _("Being registered"),
    "registered": _("Registered"),
    "refused": _("Refused"),
    "beaten": _("Not kept"),
    "not_applicable": _("Does not apply"),
}

STATE_TONES = {
    "keep": "info",
    "registered": "good",
    "refused": "bad",
    "beaten": "neutral",
    "not_applicable": "neutral",
}
