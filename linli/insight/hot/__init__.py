"""What is everyone talking about: messages that are about one matter in one place, gathered, named, counted by people, and kept from day to day."""
