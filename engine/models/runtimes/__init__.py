"""Runtimes of transformers: ONNX Runtime, OpenVINO or torch. One per file."""
