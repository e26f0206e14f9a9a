"""How good the tuner and the bundled calibration are on judged collections."""
