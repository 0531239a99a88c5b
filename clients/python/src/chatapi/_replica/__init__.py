"""What a replica is made of."""
