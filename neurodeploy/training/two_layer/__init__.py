"""Two-layer STDP trainer: rate-coded inputs, one excitatory layer with lateral inhibition."""
