"""One call as the tool sees it: who asks, how far it is, and questions back to the person at the client.

A question is asked the same way whatever the revision of the protocol. On 2026-07-28 the call ends with the questions
and is made again with their answers, so a tool runs from its start each time and finds what was answered before; on
older revisions the client is asked while the call waits; in a task the task waits.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal, NoReturn

from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.shared.message import ServerMessageMetadata
from mcp_types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    CreateMessageRequest,
    CreateMessageResult,
    ElicitationCapability,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequest,
    InputRequiredResult,
    InputResponse,
    ListRootsResult,
    LoggingLevel,
    LoggingMessageNotification,
    LoggingMessageNotificationParams,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import TypeAdapter, ValidationError

from switchboard.foundation.callers import Caller
from switchboard.foundation.ground import Ground
from switchboard.foundation.terms import AskedBack

Context = ServerRequestContext[Any]
Answers = dict[str, InputResponse]
Asking = Callable[[dict[str, InputRequest]], Awaitable[Answers]]
ANSWER: TypeAdapter[InputResponse] = TypeAdapter(InputResponse)
LONGEST_QUESTION_S = 300.0  # how long a person may take where the call waits for them
LEVELS: tuple[LoggingLevel, ...] = ("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency")


class Asked(AskedBack):
    """The call ends here with questions; it is made again with their answers."""

    def __init__(self, result: InputRequiredResult) -> None:
        super().__init__("questions for the client")
        self.result = result


@dataclass(slots=True, kw_only=True)
class Exchange:
    """What a tool, a document or a prompt is given besides its arguments."""

    ground: Ground
    caller: Caller
    context: Context
    answers: Mapping[str, InputResponse] = field(default_factory=dict[str, InputResponse])
    state: str | None = None
    least_level: LoggingLevel = "debug"
    asking: Asking | None = None
    """How a task asks; None: as the revision of the protocol has it."""
    name: str = ""

    @property
    def is_modern(self) -> bool:
        """Whether the client speaks 2026-07-28 or later."""
        return self.context.protocol_version in MODERN_PROTOCOL_VERSIONS

    def client_can(self, ability: str) -> bool:
        """Whether the client said it has this capability; `elicitation` by forms, as our questions are asked."""
        capabilities = self.context.session.client_capabilities
        found = None if capabilities is None else getattr(capabilities, ability, None)
        if isinstance(found, ElicitationCapability):
            return found.form is not None or found.url is None  # which says no more means forms
        return found is not None

    def client_extends(self, extension: str) -> bool:
        """Whether the client said it knows this extension."""
        capabilities = self.context.session.client_capabilities
        return capabilities is not None and extension in (capabilities.extensions or {})

    @property
    def wants_progress(self) -> bool:
        """Whether the client asked to be told how far the call is."""
        return (self.context.meta or {}).get("progress_token") is not None

    def need(self, ability: str) -> None:
        """Raise MCPError unless the client has the capability."""
        if not self.client_can(ability):
            lacking({ability: {}})

    async def progress(self, done: float, total: float | None = None, message: str | None = None) -> None:
        """Say how far the call is, to clients that asked for it."""
        await self.context.session.report_progress(done, total, message)

    async def log(self, level: LoggingLevel, text: str) -> None:
        """A line of the call's log, to clients that want lines of this level."""
        if not self.is_modern:
            if LEVELS.index(level) < LEVELS.index(self.least_level):
                return
        elif level not in self._wanted_levels():
            return
        line = LoggingMessageNotification(params=LoggingMessageNotificationParams(level=level, data=text))
        await self.context.session.send_notification(line, related_request_id=self.context.request_id)

    def _wanted_levels(self) -> tuple[LoggingLevel, ...]:
        least = (self.context.meta or {}).get("io.modelcontextprotocol/logLevel")
        return LEVELS[LEVELS.index(least) :] if least in LEVELS else ()

    async def ask(self, **questions: InputRequest) -> Answers:
        """The answers to these questions; raise Asked where the client has to come again with them."""
        for question in questions.values():
            self.need(ABILITY[question.method])
        if self.asking is not None:
            known = self._known(questions)
            missing = {key: question for key, question in questions.items() if key not in known}
            return known | (await self.asking(missing) if missing else {})
        return self._answered(questions) if self.is_modern else await self._ask_now(questions)

    def _answered(self, questions: dict[str, InputRequest]) -> Answers:
        """Answers given before, pinned to the words of their questions, and those that come with this call."""
        before: dict[str, dict[str, Any]] = json.loads(self.state) if self.state else {}
        kept = {key: ANSWER.validate_python(each["answer"]) for key, each in before.items() if "answer" in each}
        found: Answers = {}
        for key, question in questions.items():
            words = _digest(question)
            if key in kept and before[key]["words"] == words:
                found[key] = kept[key]
            elif key in self.answers and before.get(key, {"words": words})["words"] == words:
                found[key] = _fit(question, self.answers[key])
                before[key] = {"words": words, "answer": found[key].model_dump(mode="json", by_alias=True)}
        missing = {key: question for key, question in questions.items() if key not in found}
        if missing:
            asked = before | {key: {"words": _digest(question)} for key, question in missing.items()}
            raise Asked(InputRequiredResult(input_requests=missing, request_state=json.dumps(asked)))
        self.state = json.dumps(before)
        return found

    def _known(self, questions: dict[str, InputRequest]) -> Answers:
        """What was answered before a task began."""
        before: dict[str, dict[str, Any]] = json.loads(self.state) if self.state else {}
        return {
            key: ANSWER.validate_python(before[key]["answer"])
            for key, question in questions.items()
            if "answer" in before.get(key, {}) and before[key]["words"] == _digest(question)
        }

    async def _ask_now(self, questions: dict[str, InputRequest]) -> Answers:
        related = ServerMessageMetadata(related_request_id=self.context.request_id)
        found: Answers = {}
        for key, question in questions.items():
            found[key] = await self.context.session.send_request(
                question, GIVES[question.method], LONGEST_QUESTION_S, related
            )
        return found


def form(message: str, properties: dict[str, Any], *, required: tuple[str, ...] | None = None) -> ElicitRequest:
    """A question to the person at the client, answered in a form of these fields, all required unless said."""
    names = list(properties) if required is None else list(required)
    schema = {"type": "object", "properties": properties, "required": names}
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


def filled(answer: InputResponse) -> dict[str, Any] | None:
    """What the person wrote into a form; None when they declined or left."""
    return dict(answer.content or {}) if isinstance(answer, ElicitResult) and answer.action == "accept" else None


def lacking(capabilities: dict[str, Any]) -> NoReturn:
    """Raise the error for a client without what the call needs."""
    raise MCPError(
        code=MISSING_REQUIRED_CLIENT_CAPABILITY,
        message=f"this needs a client with {', '.join(capabilities)}",
        data={"requiredCapabilities": capabilities},
    )


ABILITY: dict[str, Literal["elicitation", "sampling", "roots"]] = {
    "elicitation/create": "elicitation",
    "sampling/createMessage": "sampling",
    "roots/list": "roots",
}
GIVES: dict[str, type[ElicitResult] | type[CreateMessageResult] | type[ListRootsResult]] = {
    "elicitation/create": ElicitResult,
    "sampling/createMessage": CreateMessageResult,
    "roots/list": ListRootsResult,
}


def _digest(question: InputRequest) -> str:
    said = question.model_dump_json(by_alias=True, exclude_none=True)
    return sha256(said.encode()).hexdigest()


def _fit(question: InputRequest, answer: InputResponse) -> InputResponse:
    """The answer, if it is of the question's kind."""
    kind = GIVES[question.method]
    if isinstance(answer, kind):
        return answer
    if isinstance(question, CreateMessageRequest) and not isinstance(answer, ElicitResult | ListRootsResult):
        return answer
    try:
        return kind.model_validate(answer.model_dump(by_alias=True))
    except ValidationError:
        raise MCPError(code=-32602, message=f"the answer to {question.method} has another shape") from None
