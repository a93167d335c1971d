"""What our server adds to a call of a model, beside a direct call in the same run."""
