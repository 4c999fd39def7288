"""How many hands an office needs: arrivals, handling and promises out of its own past, and a simulation of what another hand or promise would change."""
