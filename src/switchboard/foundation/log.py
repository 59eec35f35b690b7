"""What is logged: one JSON line per fact on standard error, with our own ids and never anybody's name or words."""

import logging
import sys
import traceback

import structlog


def write_log(level: str) -> None:
    """Log from this level on; the libraries' own lines only from WARNING, without what they were about."""
    number = logging.getLevelNamesMapping()[level]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,  # what is logged is rare, and standard error may be another by then
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_NamesOnly())
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[handler])


def place_of(error: BaseException) -> str:
    """Where it was raised, and what it was raised over: lines of our code, never a message, which may name somebody."""
    over = error.__cause__ or error.__context__
    first = f"{place_of(over)}then {type(error).__name__}\n" if over else f"{type(error).__name__}\n"
    return first + "".join(traceback.format_tb(error.__traceback__))


class _NamesOnly(logging.Formatter):
    """Who complains and of what kind of error; messages and tracebacks may say whom it was about."""

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[0] if record.exc_info else None
        return f"{record.levelname} {record.name}{f' {error.__name__}' if error else ''}"
