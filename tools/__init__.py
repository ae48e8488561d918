"""Set-up, demo and test tools: what runs around Plumb, never inside it."""
