"""The only place that knows DynamoDB, S3 and SQS."""
