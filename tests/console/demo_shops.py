"""The demo's shops, made as `make demo` makes them."""

from pathlib import Path
from uuid import UUID

from demo.shops import shops
from switchboard.accounts import tenants
from switchboard.accounts.records import Workspace
from switchboard.accounts.roles import operator_caller
from switchboard.customers import uploads
from switchboard.customers.operations import begin_upload, import_file
from switchboard.customers.records import ImportRequest, UploadRequest
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import Conflict
from switchboard.foundation.ground import Ground
from switchboard.intelligence.operations.running import segment
from switchboard.intelligence.records import RunAsked


async def open_demo(ground: Ground, name: str) -> Workspace:
    """A shop of the demo, imported and segmented, once a database."""
    shop = next(each for each in shops() if each.name == name)
    try:
        workspace = await tenants.make(ground, shop.name, shop.currency, shop.time_zone)
    except Conflict:
        return await tenants.only_or_named(ground, shop.name)
    operator = operator_caller(workspace.id)
    orders = {"preset": shop.preset, "upload_id": await _sent(ground, operator, shop.orders)}
    if shop.products:
        orders["products_upload_id"] = await _sent(ground, operator, shop.products)
    await import_file(ground, operator, ImportRequest.model_validate(orders), door="test")
    if shop.customers:
        people = {"kind": "customers", "upload_id": await _sent(ground, operator, shop.customers)}
        await import_file(ground, operator, ImportRequest.model_validate(people), door="test")
    await segment(ground, operator, RunAsked(), door="test")
    return workspace


async def _sent(ground: Ground, caller: Caller, file: Path) -> UUID:
    upload = await begin_upload(ground, caller, UploadRequest(name=file.name), door="test")
    uploads.place(ground.data_dir, caller.workspace, upload.upload_id).write_bytes(file.read_bytes())
    return upload.upload_id
