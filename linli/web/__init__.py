"""The face: layout, components, design tokens, icons, elder mode. It knows no domain word and imports nothing from the kernel."""
