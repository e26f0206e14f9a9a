"""`winnow diff`: what changed in the answers between two generations, and which stage caused it."""
