"""Where everything is kept: the only place that knows DynamoDB, S3 and SQS."""
