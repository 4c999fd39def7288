"""Elections at the Desk."""
