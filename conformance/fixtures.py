"""The tools, documents and prompts the suite asks for by name; behind the same policy as the product's, in no product.

Their names, answers and wording are the suite's (`conformance server --help`; each scenario says what it requires).
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

from mcp.shared.exceptions import MCPError
from mcp_types import (
    AudioContent,
    BlobResourceContents,
    CallToolResult,
    ContentBlock,
    CreateMessageRequest,
    CreateMessageRequestParams,
    CreateMessageResult,
    ElicitRequest,
    EmbeddedResource,
    GetPromptResult,
    ImageContent,
    ListRootsRequest,
    ListRootsResult,
    Prompt,
    PromptArgument,
    PromptMessage,
    ReadResourceResult,
    SamplingMessage,
    TextContent,
    TextResourceContents,
    Tool,
)

from conformance.schemas import CHOICES, DEFAULTS, SCHEMA_2020, TEXT
from switchboard.mcp.exchange import Exchange, filled, form
from switchboard.mcp.live import Live
from switchboard.mcp.parts import Document, NativeTool, Parts, PromptPart

READ = "customers:read"
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
WAV = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA="
NAMED = form("What is your name?", {"name": TEXT})
CAPITAL = CreateMessageRequest(
    params=CreateMessageRequestParams(
        messages=[SamplingMessage(role="user", content=TextContent(text="What is the capital of France?"))],
        max_tokens=100,
    )
)
ROOTS = ListRootsRequest()
OK = form("Please confirm", {"ok": {"type": "boolean"}})
Running = Callable[[Exchange, dict[str, Any]], Awaitable[CallToolResult]]


def says(*content: ContentBlock | str) -> CallToolResult:
    """A result of these parts."""
    return CallToolResult(content=[TextContent(text=each) if isinstance(each, str) else each for each in content])


def embedded(uri: str, media: str, text: str) -> EmbeddedResource:
    return EmbeddedResource(resource=TextResourceContents(uri=uri, mime_type=media, text=text))


def gives(result: CallToolResult) -> Running:
    """A tool that always gives this."""

    async def run(exchange: Exchange, given: dict[str, Any]) -> CallToolResult:
        _ = exchange, given
        return result

    return run


async def logging(exchange: Exchange, given: dict[str, Any]) -> CallToolResult:
    _ = given
    for line in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        await exchange.log("info", line)
        await asyncio.sleep(0.05)
    return says("Tool with logging executed successfully")


async def progressing(exchange: Exchange, given: dict[str, Any]) -> CallToolResult:
    _ = given
    for done in (0, 50, 100):
        await exchange.progress(done, 100, f"Completed step {done} of 100")
        await asyncio.sleep(0.05)
    return says(str((exchange.context.meta or {}).get("progress_token", 0)))


async def sampling(exchange: Exchange, given: dict[str, Any]) -> CallToolResult:
    asked = CreateMessageRequest(
        params=CreateMessageRequestParams(
            messages=[SamplingMessage(role="user", content=TextContent(text=given["prompt"]))], max_tokens=100
        )
    )
    return says(f"LLM response: {_sampled((await exchange.ask(sample=asked))['sample'])}")


def eliciting(key: str, question: ElicitRequest | None, said: str) -> Running:
    """A tool that asks one question and tells what came of it."""

    async def run(exchange: Exchange, given: dict[str, Any]) -> CallToolResult:
        asked = question or form(given["message"], {"username": TEXT, "email": TEXT})
        answer = (await exchange.ask(**{key: asked}))[key]
        shown = answer.model_dump(mode="json", by_alias=True, exclude_none=True)
        return says(f"{said}: action={shown['action']}, content={json.dumps(shown.get('content', {}))}")

    return run


async def reconnecting(exchange: Exchange, given: dict[str, Any]) -> CallToolResult:
    _ = given
    await exchange.log("info", "Before disconnect")
    if exchange.context.close_sse_stream is not None:
        await exchange.context.close_sse_stream()
    await asyncio.sleep(0.2)
    await exchange.log("info", "After reconnect")
    return says("Reconnection test completed")


async def greeting(exchange: Exchange, given: dict[str, Any]) -> CallToolResult:
    _ = exchange
    return says(f"Hello, {given['name']}!")


async def naming(exchange: Exchange, given: dict[str, Any]) -> CallToolResult:
    _ = given
    answer = filled((await exchange.ask(user_name=NAMED))["user_name"])
    return says("Hello, nobody!" if answer is None else f"Hello, {answer['name']}!")


async def sampling_in_rounds(exchange: Exchange, given: dict[str, Any]) -> CallToolResult:
    _ = given
    return says(_sampled((await exchange.ask(capital_question=CAPITAL))["capital_question"]))


async def rooting(exchange: Exchange, given: dict[str, Any]) -> CallToolResult:
    _ = given
    answer = (await exchange.ask(client_roots=ROOTS))["client_roots"]
    return says(", ".join(str(root.uri) for root in answer.roots) if isinstance(answer, ListRootsResult) else "none")


async def stating(exchange: Exchange, given: dict[str, Any]) -> CallToolResult:
    _ = given
    answer = filled((await exchange.ask(confirm=OK))["confirm"])
    return says(f"state-ok, confirmed: {answer is not None}")


async def asking_all(exchange: Exchange, given: dict[str, Any]) -> CallToolResult:
    _ = given
    answers = await exchange.ask(user_name=NAMED, greeting=CAPITAL, client_roots=ROOTS)
    return says(f"{len(answers)} answers")


async def asking_twice(exchange: Exchange, given: dict[str, Any]) -> CallToolResult:
    _ = given
    name = await exchange.ask(step1=form("Step 1: What is your name?", {"name": TEXT}))
    colour = await exchange.ask(step2=form("Step 2: What is your favorite color?", {"color": TEXT}))
    return says(f"{filled(name['step1'])} likes {filled(colour['step2'])}")


async def asking_what_it_can(exchange: Exchange, given: dict[str, Any]) -> CallToolResult:
    _ = given
    every: dict[str, Any] = {"elicitation": NAMED, "sampling": CAPITAL, "roots": ROOTS}
    able = {name: question for name, question in every.items() if exchange.client_can(name)}
    return says(f"{len(await exchange.ask(**able))} answers")


async def lacking(exchange: Exchange, given: dict[str, Any]) -> CallToolResult:
    _ = given
    exchange.need("sampling")
    return says("the client can sample")


async def computing(exchange: Exchange, given: dict[str, Any]) -> CallToolResult:
    _ = exchange
    await asyncio.sleep(float(given.get("seconds", 0)))
    return says(f"computed {given.get('label', '')}")


async def failing(exchange: Exchange, given: dict[str, Any]) -> CallToolResult:
    _ = exchange, given
    await asyncio.sleep(1)
    return CallToolResult(content=[TextContent(text="the job failed")], is_error=True)


async def breaking(exchange: Exchange, given: dict[str, Any]) -> CallToolResult:
    _ = exchange, given
    raise MCPError(code=-32603, message="the job broke")


async def confirming(exchange: Exchange, given: dict[str, Any]) -> CallToolResult:
    question = form(f"Delete {given.get('filename', '')}?", {"confirm": {"type": "boolean"}})
    answer = filled((await exchange.ask(confirm=question))["confirm"])
    return says(f"deleted: {bool(answer and answer.get('confirm'))}")


async def asking_two(exchange: Exchange, given: dict[str, Any]) -> CallToolResult:
    _ = given
    answers = await exchange.ask(one=NAMED, other=form("Sure?", {"confirm": {"type": "boolean"}}))
    return says(f"{len(answers)} answers")


def tool(  # noqa: PLR0913 - what a tool is declared with
    name: str,
    run: Running,
    arguments: dict[str, Any] | None = None,
    *,
    required: tuple[str, ...] = (),
    task: Literal["never", "may", "must"] = "never",
    first: Running | None = None,
    schema: dict[str, Any] | None = None,
) -> NativeTool:
    given = schema or {"type": "object", "properties": arguments or {}, "required": list(required)}
    about = Tool(name=name, title=name, description=f"The suite's {name}.", input_schema=given)
    return NativeTool(tool=about, permission=READ, run=run, task=task, first=first)


HEADER = {"type": "string", "x-mcp-header": "Region"}
TOOLS = (
    tool("test_simple_text", gives(says("This is a simple text response for testing."))),
    tool("test_image_content", gives(says(ImageContent(data=PNG, mime_type="image/png")))),
    tool("test_audio_content", gives(says(AudioContent(data=WAV, mime_type="audio/wav")))),
    tool("test_embedded_resource", gives(says(embedded("test://embedded-resource", "text/plain", "Embedded")))),
    tool(
        "test_multiple_content_types",
        gives(says(
            "Multiple content types test:", ImageContent(data=PNG, mime_type="image/png"),
            embedded("test://mixed-content-resource", "application/json", '{"test": "data", "value": 123}'),
        )),
    ),
    tool("test_tool_with_logging", logging),
    tool("test_logging_tool", logging),
    tool("test_tool_with_progress", progressing),
    tool("test_error_handling", gives(CallToolResult(
        content=[TextContent(text="This tool intentionally returns an error for testing")], is_error=True
    ))),
    tool("test_sampling", sampling, {"prompt": TEXT}, required=("prompt",)),
    tool("test_elicitation", eliciting("user", None, "User response"), {"message": TEXT}, required=("message",)),
    tool("test_elicitation_sep1034_defaults", eliciting(
        "user", form("Please provide user information", DEFAULTS, required=()), "Elicitation completed"
    )),
    tool("test_elicitation_sep1330_enums", eliciting(
        "user", form("Please choose", CHOICES, required=()), "Elicitation completed"
    )),
    tool("test_reconnection", reconnecting),
    tool("test_streaming_elicitation", naming),
    tool("test_missing_capability", lacking),
    tool("test_input_required_result_elicitation", naming),
    tool("test_input_required_result_sampling", sampling_in_rounds),
    tool("test_input_required_result_list_roots", rooting),
    tool("test_input_required_result_request_state", stating),
    tool("test_input_required_result_multiple_inputs", asking_all),
    tool("test_input_required_result_multi_round", asking_twice),
    tool("test_input_required_result_tampered_state", stating),
    tool("test_input_required_result_capabilities", asking_what_it_can),
    tool("json_schema_2020_12_tool", gives(says("done")), schema=SCHEMA_2020),
    tool("test_x_mcp_header", gives(says("done")), {"region": HEADER}),
    tool("greet", greeting, {"name": TEXT}, required=("name",)),
    tool("slow_compute", computing, {"seconds": {"type": "number"}, "label": TEXT}, task="may"),
    tool("failing_job", failing, task="must"),
    tool("protocol_error_job", breaking, task="may"),
    tool("confirm_delete", confirming, {"filename": TEXT}, task="may"),
    tool("multi_input", asking_two, task="may"),
    tool("test_tool_with_task", naming, task="must", first=naming),
)  # fmt: skip


def documents() -> tuple[Document, ...]:
    async def text(exchange: Exchange, uri: str, parts: Mapping[str, str]) -> ReadResourceResult:
        _ = exchange, parts
        said = "This is the content of the static text resource."
        return ReadResourceResult(contents=[TextResourceContents(uri=uri, mime_type="text/plain", text=said)])

    async def binary(exchange: Exchange, uri: str, parts: Mapping[str, str]) -> ReadResourceResult:
        _ = exchange, parts
        return ReadResourceResult(contents=[BlobResourceContents(uri=uri, mime_type="image/png", blob=PNG)])

    async def template(exchange: Exchange, uri: str, parts: Mapping[str, str]) -> ReadResourceResult:
        _ = exchange
        said = json.dumps({"id": parts["id"], "templateTest": True, "data": f"Data for ID: {parts['id']}"})
        return ReadResourceResult(contents=[TextResourceContents(uri=uri, mime_type="application/json", text=said)])

    def document(uri: str, media: str, read: Any) -> Document:
        return Document(uri=uri, name=uri, title=uri, about="The suite's.", media=media, permission=READ, read=read)

    return (
        document("test://static-text", "text/plain", text),
        document("test://static-binary", "image/png", binary),
        document("test://template/{id}/data", "application/json", template),
        document("test://watched-resource", "text/plain", text),
    )


def prompt(name: str, get: Any, *arguments: str) -> PromptPart:
    async def complete(exchange: Exchange, typed: str, before: Mapping[str, str]) -> list[str]:
        _ = exchange, before
        return [word for word in ("paris", "park", "party") if word.startswith(typed)]

    named = [PromptArgument(name=each, required=True) for each in arguments]
    about = Prompt(name=name, title=name, description="The suite's.", arguments=named or None)
    return PromptPart(prompt=about, permission=READ, get=get, completing=dict.fromkeys(arguments, complete))


def _user(*content: ContentBlock) -> GetPromptResult:
    return GetPromptResult(messages=[PromptMessage(role="user", content=each) for each in content])


async def simple(exchange: Exchange, given: Mapping[str, str]) -> GetPromptResult:
    _ = exchange, given
    return _user(TextContent(text="This is a simple prompt for testing."))


async def with_arguments(exchange: Exchange, given: Mapping[str, str]) -> GetPromptResult:
    _ = exchange
    return _user(TextContent(text=f"Prompt with arguments: arg1='{given['arg1']}', arg2='{given['arg2']}'"))


async def with_document(exchange: Exchange, given: Mapping[str, str]) -> GetPromptResult:
    _ = exchange
    document = embedded(given["resourceUri"], "text/plain", "Embedded resource content for testing.")
    return _user(document, TextContent(text="Please process the embedded resource above."))


async def with_image(exchange: Exchange, given: Mapping[str, str]) -> GetPromptResult:
    _ = exchange, given
    image = ImageContent(data=PNG, mime_type="image/png")
    return _user(image, TextContent(text="Please analyze the image above."))


async def with_question(exchange: Exchange, given: Mapping[str, str]) -> GetPromptResult:
    _ = given
    question = form("What context should the prompt use?", {"context": TEXT})
    answer = filled((await exchange.ask(user_context=question))["user_context"])
    return _user(TextContent(text=f"Use this context: {answer}"))


PROMPTS = (
    prompt("test_simple_prompt", simple),
    prompt("test_prompt_with_arguments", with_arguments, "arg1", "arg2"),
    prompt("test_prompt_with_embedded_resource", with_document, "resourceUri"),
    prompt("test_prompt_with_image", with_image),
    prompt("test_input_required_result_prompt", with_question),
)


def parts(live: Callable[[], Live]) -> Parts:
    """All of them; what the suite triggers is pushed to whoever listens."""

    async def change(exchange: Exchange, given: dict[str, Any]) -> CallToolResult:
        _ = exchange, given
        live().say_lists_changed()
        return says("changed")

    changing = tuple(tool(f"test_trigger_{what}_change", change) for what in ("tool", "prompt"))
    return Parts(tools=(*TOOLS, *changing), documents=documents(), prompts=PROMPTS)


def _sampled(answer: object) -> str:
    if isinstance(answer, CreateMessageResult) and isinstance(answer.content, TextContent):
        return answer.content.text
    return "nothing"
