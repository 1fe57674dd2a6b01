"""Scores events in the web: features from states, the model asked, a decision stored.

`knowing` a detector, `asked` the event, `states` of its entities, `scoring` the path, `verdicts` rules
and policy, `wording` the reasons, `telling` the answer, `labelling` what turned out, `replaying` a decision.
Nothing here loads a model framework.
"""
