"""What somebody said needs no attention for a while: the rule and until when come in, and go out again."""
