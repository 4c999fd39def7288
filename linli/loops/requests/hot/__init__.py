"""What many people raise at once: requests gathered into topics, kept from day to day; what workers made of a topic is never undone by the machine."""
