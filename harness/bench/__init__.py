"""How fast is the tool? Figures that `make bench` prints, each beside what it has to reach."""
