"""What the drawing process and ours say to each other."""

import struct

REQUEST = struct.Struct(">cfI")  # kind, scale, length of the JSON that follows
ANSWER = struct.Struct(">cI")  # how it went, length of the picture, or of what is wrong, that follows
SVG, PNG = b"s", b"p"
DRAWN, REFUSED = b"+", b"-"
