"""Sentences that are kept in English and shown in the reader's language.

Records (jobs, rejections, histories) and problem documents keep their words in English, the
language of the REST interface. Pages show them through the filter `spoken`, which knows the
sentences listed here: `{…}` stands for what changes from case to case. A sentence that is not
listed is shown as it is.
"""

import re
from functools import lru_cache

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

from platform_core.errors import PlatformError

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
    # refusals everywhere: their titles
    _("The request could not be carried out"),
    _("Not found"),
    _("Conflict with the present state"),
    _("Invalid input"),
    _("Not available yet"),
    _("Temporarily unavailable"),
    _("An organisation needs an owner"),
    _("Already a member"),
    _("The data set is not ready"),
    _("The file is too large"),
    _("The queue is full"),
    _("The registry refused"),
    _("The model version was deleted"),
    _("The model bundle is not what was registered"),
    _("No such endpoint"),
    _("The name is taken"),
    _("The endpoint is not ready"),
    _("The prediction took too long"),
    _("The model refused the request"),
    _("The data could not be decrypted"),
    _("The data was destroyed"),
    _("The signature is invalid"),
    _("The object store cannot be reached"),
    _("The data cannot be learned from"),
    _("Unknown column"),
    _("The recommender is not ready"),
    _("The recommender is being trained"),
    _("The training failed"),
    _("Unknown item"),
    # what people meet on pages
    _("This needs the permission “{action}”, which your role or API key does not have."),
    _("There is no data set “{name}” in your organisation."),
    _("There is no such version of a data set in your organisation."),
    _("The data set “{name}” has no version {number}."),
    _("Wait until its state is “ready”."),
    _("See its rejection, mend the file and upload it again."),
    _("Choose a version whose state is “ready”."),
    _("There is no such split in your organisation."),
    _("A data set named “{name}” exists already."),
    _("Choose another name, or add a version to that data set."),
    _("A version of “{name}” is being made already."),
    _("Wait until it is ready, or cancel its job."),
    _("{name} is larger than {limit} GiB."),
    _("Split it into several files of one data set, or compress it."),
    _("At most {limit} files are taken at once."),
    _("The job that read the files failed."),
    _("The job that read the files was cancelled."),
    _("See the job's log; then upload the files again."),
    _("The part “{name}” would be empty."),
    _("There are too few rows, groups or different times; use fewer or larger parts."),
    _("“{column}” is {kind}; a time or a number is needed."),
    _("A split has 2 to 20 parts named in lower case."),
    _("Each part's share lies between 0 and 1."),
    _("The shares of the parts add up to 1."),
    _("There is no job {job} in your organisation."),
    _("The job already ended ({state})."),
    _("There is nothing left to cancel."),
    _("Only a failed or cancelled job can be retried; this one is {state}."),
    _("Submit a new job to run the same work again."),
    _("{count} jobs of your organisation wait already, which is the limit."),
    _("Wait until some have run, or cancel jobs you no longer need."),
    _("There is no model {name}."),
    _("{name} has no version {number}."),
    _("{name} has no {alias} yet."),
    _("{version} was deleted."),
    _("Choose another version."),
    _("Choose another name."),
    _("Promote one of its versions."),
    _("The {alias} of {name} has no earlier version to return to."),
    _("Promote the version you want instead."),
    _("Promote another version first."),
    _("The file {name} of {version} is missing or altered."),
    _("Restore the object store from its backup, or roll back to another version."),
    _("The signature of {version} does not fit its manifest."),
    _("Roll back to another version, and look into the audit log."),
    _("Your organisation has no endpoint “{name}”."),
    _("Your organisation already has an endpoint “{name}”."),
    _("Your organisation has no model “{name}”."),
    _("Train or register the model first."),
    _(
        "“{value}” is not a valid {field}: use lower-case letters, digits, dot, dash and "
        "underscore, at most 63 characters, starting with a letter or digit."
    ),
    _("Endpoint “{name}” is still loading its model."),
    _("Endpoint “{name}” has no version {number}."),
    _("Endpoint “{name}” has no version to answer with: {reason}"),
    _("Try again in a moment."),
    _("Look at the log of the model runtime."),
    _("Start it with “manage.py runtime”, or look at its log."),
    _("The model runtime is not running."),
    _("The model runtime did not answer within {seconds} s."),
    _("Try again, or give the request more time."),
    _("The runtime's queue is full; try again in a moment."),
    _("The prediction took longer than {seconds} s."),
    _("The model failed on this request; its operator can see why."),
    _("There is no recommender “{name}” in your organisation."),
    _("“{name}” has no version: {reason}"),
    _("“{name}” is being trained now."),
    _("Wait for that training, or cancel it."),
    _("“{name}” is not a name a recommender can have."),
    _("Use 1 to 63 lower-case letters, digits, dots, - and _; begin with a letter or digit."),
    _("The name “{name}” is taken by a recommender or a registered model."),
    _("Choose another name, or retrain the recommender that has it."),
    _("“{name}” is still in training."),
    _("Ask again when its job has ended."),
    _("Mend the data or the parameters and retrain."),
    _("“{item}” was not in the data “{name}” learned from."),
    _("Check the id, or retrain on data that holds the item."),
    _("Name the {role} column."),
    _("The column {name} is used for two things."),
    _("User, item, rating and time are four different columns."),
    _("The data set “{name}” has no rows."),
    _("The data set “{name}” has no column {column}."),
    _("The rating column {name} holds {kind}, not numbers."),
    _("Choose a column of numbers, or none: every row then counts as one choice."),
    _("Correct the data set, or choose other columns."),
    _("Choose a column of numbers, or leave it out."),
    _("There is no parameter {name}."),
    # why a file or a cleaning rule was refused
    _("There is no column “{column}”."),
    _("The cleaning rules leave not a single row."),
    _("There is a header but not a single row."),
    _("There is not a single row."),
    _("Upload a file with rows."),
    _("There are {count} columns; {limit} are taken."),
    _("Column {number} has no name."),
    _("Name every column in the first line (pandas: to_csv(index=False))."),
    _("Columns {first} and {second} are both named “{name}”."),
    _("Give every column its own name."),
    _("The byte 0x{byte} is not {encoding} text."),
    _("Save the file as UTF-8 and upload it again."),
    _("There is a zero byte: this is not a text file."),
    _("Upload CSV, TSV, JSON Lines or Parquet."),
    _("This row has {found} fields, the first line has {expected}.{hint}"),
    _("Put fields that contain the separator into quotation marks, and fill every field."),
    _("A quotation mark opened in this row is never closed."),
    _("Close it, or upload with quotes switched off in the reading options."),
    _("This is not JSON: {reason}."),
    _("Write one JSON object per line, without line breaks inside it."),
    _("This is one JSON document, not JSON Lines."),
    _("The compressed file ends too early."),
    _("It was cut off, usually while copying; compress or download it again."),
    _("Compress or download it again."),
    _("Unpacked, it is more than {ratio} times its size, or {limit} GiB."),
    _("Upload it unpacked, or in several files."),
    _("This is an office document, not a table file."),
    _("Save the sheet as CSV and upload that."),
    _("The archive holds no file."),
    _("The archive is protected by a password."),
    _("Upload it without a password; it is encrypted here anyway."),
    _("The file is empty."),
    _("Upload the table itself, or one gzip or zip file of tables."),
    _("Leave the column out, or write it as text."),
    _("Upload files of other columns as a data set of their own."),
    _("It has the column “{column}”, which the other files lack."),
    _("{file}, line {line}, column {column}: {reason}"),
    _("{file}, line {line}: {reason}"),
    # the audit chain
    _("The log breaks off after entry {number}, but more entries were written."),
    _("Entry {number} does not follow from the entry before it."),
    _("Entry {number} was changed after it was written."),
    # words in records
    _("recommendation"),
    _("console"),
)
"""As the code writes them; tests/house holds each to its place in the code."""

_FIELD = re.compile(r"\\{(\w+)\\}")


@lru_cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple(
        (re.compile(_FIELD.sub(r"(?P<\1>.*?)", re.escape(sentence)), re.DOTALL), sentence)
        for sentence in sorted(SENTENCES, key=len, reverse=True)
        if "{" in sentence
    )


@lru_cache(maxsize=2048)
def _spoken(text: str, language: str) -> str:
    written = gettext(text)
    if written != text:
        return written
    for pattern, sentence in _patterns():
        found = pattern.fullmatch(text)
        if found:
            named = found.groupdict()
            if "reason" in named:
                named["reason"] = _spoken(named["reason"], language)
            return gettext(sentence).format(**named)
    return text


def spoken(text: object) -> str:
    """Return a kept sentence in the reader's language; unknown words stay as they are."""
    words = str(text)
    language = get_language() or ""
    if not words or language.startswith("en") or len(words) > 1000:
        return words
    return _spoken(words, language)


def refusal(error: PlatformError) -> str:
    """Return what was wrong and what to do, as one text for a form or a notice."""
    detail, remedy = spoken(error.detail), spoken(error.remedy)
    return f"{detail}{'' if detail.endswith('。') else ' '}{remedy}".strip()
