"""Questions about a shop: lines of the mirror and a moment go in, figures come out; nothing here acts."""
