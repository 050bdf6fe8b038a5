"""Tables: what each data set holds, as contracts in YAML; the kinds of facts; the catalogue of problems."""
