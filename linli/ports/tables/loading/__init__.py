"""From read rows to the house: each kind checks everything first and then writes, through the kernel's actions."""
