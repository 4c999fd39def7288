"""The Desk's pages of indicators: what is covered and what is not, one indicator, changing one, entering a figure, publishing a period."""
