"""Everything on one machine: the database engine, the pages, the ticks. Never in Lambda."""
