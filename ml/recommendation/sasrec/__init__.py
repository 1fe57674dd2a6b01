"""Sequential recommendation by self-attention: what comes next, from the order of what came before."""
