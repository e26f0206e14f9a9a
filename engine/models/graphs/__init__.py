"""ONNX graphs of transformers, built from safetensors without torch. One architecture per file."""
