"""Pages that join stages, the menu, and the loop that turns all stages once."""
