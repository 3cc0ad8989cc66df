"""neurodeploy: deploy spiking networks to neuromorphic hardware."""
