"""trek-etl: episode and film metadata, merged from many sources, with witnesses."""
