"""The legal regimes: one data file each, those of the house beside this text, those of a town in its data folder."""
