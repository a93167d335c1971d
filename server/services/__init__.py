"""What every interface offers, over one configuration."""
