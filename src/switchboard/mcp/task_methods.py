"""The methods of the extension for tasks."""

from collections.abc import Awaitable, Callable
from typing import Any

from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp.shared.inbound import MCP_NAME_HEADER
from mcp_types import HEADER_MISMATCH, METHOD_NOT_FOUND, RequestParams
from pydantic import Field

from switchboard.mcp.exchange import Context, Exchange
from switchboard.mcp.tasks import Tasks

Said = dict[str, Any]


class TaskNamed(RequestParams):
    """Which task."""

    task_id: str = Field(alias="taskId", max_length=100)


class TaskAnswered(TaskNamed):
    """Which task, and what it asked for."""

    input_responses: dict[str, Any] = Field(alias="inputResponses", max_length=100)


def add_task_methods(server: Server[Any], tasks: Tasks, exchange_of: Callable[[Context], Exchange]) -> None:
    """Have the server answer them, on revisions that have the extension."""

    async def get(ctx: Context, asked: TaskNamed) -> Said:
        return await tasks.get(_let_on(ctx, asked, exchange_of), asked.task_id)

    async def update(ctx: Context, asked: TaskAnswered) -> Said:
        return await tasks.update(_let_on(ctx, asked, exchange_of), asked.task_id, asked.input_responses)

    async def cancel(ctx: Context, asked: TaskNamed) -> Said:
        return await tasks.cancel(_let_on(ctx, asked, exchange_of), asked.task_id)

    methods: dict[str, tuple[type[TaskNamed], Callable[[Context, Any], Awaitable[Said]]]] = {
        "tasks/get": (TaskNamed, get), "tasks/update": (TaskAnswered, update), "tasks/cancel": (TaskNamed, cancel),
    }  # fmt: skip
    for name, (params, handler) in methods.items():
        server.add_request_handler(name, params, handler)


def _let_on(ctx: Context, asked: TaskNamed, exchange_of: Callable[[Context], Exchange]) -> Exchange:
    """The exchange; raise MCPError on older revisions, and where the header names another task (SEP-2243)."""
    exchange = exchange_of(ctx)
    if not exchange.is_modern:
        raise MCPError(code=METHOD_NOT_FOUND, message="Method not found", data=ctx.method)
    if ctx.request is not None and ctx.request.headers.get(MCP_NAME_HEADER) != asked.task_id:
        raise MCPError(code=HEADER_MISMATCH, message=f"{MCP_NAME_HEADER} header does not match the task's id")
    return exchange
