"""Of jobs: their kinds, what they say while they run, and how they ended."""

from django.utils.translation import gettext_noop as _

SENTENCES = (
    # kinds of job, and what a running job says
    _("Reading the data"),
    _("Iteration {step} of {total}"),
    _("Epoch {epoch}"),
    _("Tried {number} settings"),
    _("Counted"),
    _("Training on everything"),
    _("Registering the version"),
    _("Trained by job"),
    _("The job was asked to stop."),
    _("The training was stopped."),
    _("ALS, {factors} factors, regularisation {weight}, confidence {confidence}"),
    _("ALS, {factors} factors, regularisation {weight}, confidence {confidence}, ratings ignored"),
    _("EASE, regularisation {weight}, dropout {dropout}, user power {power}"),
    _(
        "Graph filter, rank {rank}, powers {users} and {items}, low pass {weight}, "
        "sharpening {sharpening}"
    ),
    _("BPR, {factors} factors, regularisation {weight}"),
    _("Popularity"),
    _("Popularity of late"),
    _("Sequences, width {width}, latest {length} events"),
    _("Two towers, width {width}"),
    _("Factorisation with features"),
    _("Blend: {members}"),
    _("pruned"),
    _("too slow"),
    _("You chose the model; nothing was compared."),
    _(
        "No model beat {name}, which reaches NDCG@10 {score} on choices held out inside the training "
        "data, by more than chance."
    ),
    _("Only {count} choices could be held out, too few to compare models."),
    _(
        "{words} reaches NDCG@10 {score} on choices held out inside the training data; the best single "
        "model, {name}, reaches {single}."
    ),
    _(
        "{words} has the best NDCG@10, {score}, of {count} tried on choices held out inside the training "
        "data; popularity reaches {baseline}."
    ),
    # trainings of one's own models
    _("The target is “{column}”, the last column; name `target` to learn another."),
    _("Epoch {epoch} of {total}"),
    _("Predicting"),
    _("“{name}” is being trained now."),
    _("The column “{column}” lacks a number in {missing} of {rows} rows."),
    _("The column “{column}” holds {value}; the embedding “{layer}” takes 0 to {most}."),
    _("The column “{column}” holds fractions; the model looks whole numbers up."),
    _("The column “{column}” holds {kind}, and a network takes numbers."),
    _("The loss is no number after epoch {epoch}."),
    _("The input {name} takes {count} numbers a row; {columns} columns were given."),
    # compression and import
    _("Reading the model file"),
    _("Trying {method}"),
    _("Writing down {method}"),
    _("Another version is at least as good."),
    _("It loses {lost} of quality; {allowed} were allowed."),
    _("Only XGBoost models have rounds to leave out."),
    _("This works on models that hold tables of vectors."),
    _("This works on ONNX models; this one is of the flavour {flavour}."),
    _("{method} learns from at least {least} rows of data; {given} were given."),
    _("The graph is as simple as it gets."),
    _("This model needs real inputs to be measured on."),
    _("Choose a data set whose columns are the model's inputs."),
    _("The model takes {features} features; {columns} columns were given."),
    _("Name the columns in the model's order."),
    _("This is not a valid ONNX file: {reason}"),
    _("The uploaded file is gone."),
    _("Send it again."),
    _("A second person must approve"),
    _("{model} has a {alias}, and your organisation asks a second person before it changes."),
    _("Ask for the promotion on the model's page; somebody else approves it there."),
    _("Who asks for a promotion cannot approve it."),
    _("Ask a colleague."),
    # how a job ended
    _("The job refused its input"),
    _("The job broke off"),
    _("The log shows where. Retry the job if the cause has passed."),
    _("The job's process broke off"),
    _("The job's process ended with status {status} before it reported a result."),
    _("The log shows what it did last."),
    _("Signal {number} ended the job's process."),
    _("The operating system killed the job's process (signal 9); most often memory ran out."),
    _("Use less memory (a smaller batch or model, fewer columns), or a worker with more."),
    _("The job used too much memory"),
    _("The job's processes used more than the {limit} MiB each job may use."),
    _("Use less memory, or start the worker with a higher --memory-mb."),
    _("Something outside the platform terminated the job's process."),
    _("Retry the job; look for what stops processes on that machine."),
    _("The worker was lost too often"),
    _("The worker stopped answering, so the job was taken back."),
    _("Look at the machine the job ran on: it may lack memory or have been switched off."),
    _("Cancelled while it ran."),
    _("The worker stopped; the job waits for another."),
)
