"""`trek-etl score`: records of anybody's, in a file, scored by the formula of the pipeline."""
