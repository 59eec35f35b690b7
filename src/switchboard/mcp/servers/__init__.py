"""The servers of the gateway, one file each."""
