"""Files that are no table as text, told by how they begin: what they are and what to do instead."""

from switchboard.foundation.errors import Invalid

WORKBOOK = "save the sheet as CSV (UTF-8) and import that"
UNPACK = "unpack it first, or pack it with gzip or zstd"
PICTURE = "export the data as CSV"
BEGINNINGS: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook", f"unpack it, or {WORKBOOK}"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", WORKBOOK),
    (b"%PDF", "a PDF", PICTURE),
    (b"\x89PNG", "a picture", PICTURE),
    (b"\xff\xd8\xff", "a picture", PICTURE),
    (b"BZh", "packed with bzip2", UNPACK),
    (b"\xfd7zXZ\0", "packed with xz", UNPACK),
    (b"7z\xbc\xaf", "a 7-Zip archive", UNPACK),
    (b"Rar!", "a RAR archive", UNPACK),
    (b"SQLite format 3\0", "an SQLite database", PICTURE),
    (b"Obj\x01", "an Avro file", "export the data as Parquet or CSV"),
    (b"ORC", "an ORC file", "export the data as Parquet or CSV"),
    (b"ARROW1", "an Arrow file", "export the data as Parquet or CSV"),
)
PAGES = (b"<!doctype", b"<html", b"<?xml")
TAR_AT, TAR = 257, b"ustar"
STEERING = bytes(code for code in range(0x20) if code not in b"\0\t\n\r\f")
MOST = 20
"""Of so many bytes of text at most one is a control character."""


def check_beginning(name: str, head: bytes) -> None:
    """Invalid when a file that begins so is something else."""
    for beginning, what, instead in BEGINNINGS:
        if head.startswith(beginning) and not _is_header(beginning, head):
            raise Invalid(f"{name} is {what}: {instead}.", field="file")
    if head[TAR_AT : TAR_AT + len(TAR)] == TAR:
        raise Invalid(f"{name} is a tar archive: {UNPACK.replace('it', 'the file in it', 1)}.", field="file")
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:20].lower().startswith(PAGES):
        raise Invalid(f"{name} is a web page or XML, maybe a page to sign in on: export the data as CSV.", field="file")


def check_is_text(name: str, head: bytes, delimiter: str | None) -> None:
    """Invalid when hardly a text has so many control characters; a delimiter that was asked for may be one."""
    odd = head.translate(None, bytes(set(range(0x100)) - set(STEERING)) + (delimiter or "").encode())
    if len(odd) * MOST > len(head):
        raise Invalid(
            f"{name} is no text: import CSV, JSON lines or Parquet, plain or packed with gzip or zstd.", field="file"
        )


def _is_header(beginning: bytes, head: bytes) -> bool:
    """Whether it is a text that only begins like that: ORC,name and so on."""
    return beginning.isalnum() and head[:64].isascii() and head[:64].translate(None, STEERING + b"\0") == head[:64]
