"""The console, a door: requests of people's browsers in, pages out; every figure is an operation's answer."""
