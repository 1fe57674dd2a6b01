"""Compression of trained models: quantisation, half precision, pruning, distillation, tables, graphs."""
