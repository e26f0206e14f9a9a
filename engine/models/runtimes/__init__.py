"""What runs a transformer: ONNX Runtime, OpenVINO or torch. One per file."""
