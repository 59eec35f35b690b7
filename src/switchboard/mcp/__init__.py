"""Door: the Model Context Protocol, over HTTP and standard input; each tool is one operation."""
