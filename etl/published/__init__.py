"""What the exports say, as plain values of the tables: load writes it, validate holds the files against it."""
