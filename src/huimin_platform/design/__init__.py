"""How pages look: tokens, components, the base page, charts and the gallery at /design/."""
