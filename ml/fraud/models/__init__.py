"""The models: one contract, one file each; `kinds` names them."""
