"""The council: from a resident's motion to a decision carried out."""
