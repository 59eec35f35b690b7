"""Which Switchboard this is."""

from importlib.metadata import PackageNotFoundError, version


def own_version() -> str:
    """The version that is installed; "0" when it runs from a checkout that was not."""
    try:
        return version("switchboard")
    except PackageNotFoundError:
        return "0"
