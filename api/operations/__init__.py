"""The operator's view of the service: health, metrics (Prometheus), logs, traces (OpenTelemetry).

`record.py` is what is known of one request; `observe.py` fills it and tells the others.
"""
