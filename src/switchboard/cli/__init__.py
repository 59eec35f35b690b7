"""Door: the command line. Reads words and files, calls operations, prints what they give."""
