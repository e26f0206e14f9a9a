"""The page that tells how the service and its collections do: plots, with words that say what is good."""
